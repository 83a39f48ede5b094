import { z } from "zod";
import { conditionsOf, isReady } from "../../../local/cluster/controllers/objects.ts";
import { ingressOf } from "../../../local/cluster/controllers/service-spec.ts";
import { recordFrom } from "../../../local/cluster/kubelet/status.ts";
import type { KubernetesObject } from "../../../local/cluster/store/object.ts";
import { NAMESPACE, plainInstance, plainSet, podNamed } from "../../support/kubelet-world.ts";
import { simulatedWorld, type SimulatedWorld } from "../../support/simulated-world.ts";

const Waiting = z.object({
  containerStatuses: z.array(
    z.object({
      state: z.object({
        waiting: z.object({ reason: z.string(), message: z.string().optional() }).optional(),
      }),
    }),
  ),
});

describe("pods in virtual time", () => {
  let world: SimulatedWorld;

  beforeEach(async () => {
    world = await simulatedWorld({ allocatable: { cpu: "2", memory: "2Gi", pods: "10" } });
  });
  afterEach(async () => {
    await world.close();
  });

  const create = async (name: string, container = {}): Promise<void> => {
    for (const object of plainInstance(name)) {
      await world.store.create(object.kind === "StatefulSet" ? plainSet(name, container) : object);
    }
  };
  const pod = (name: string): KubernetesObject => {
    const found = podNamed(world.store, name);
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  };
  const set = (name: string): KubernetesObject | undefined =>
    world.store.get({ kind: "StatefulSet", namespace: NAMESPACE, name });
  const waiting = (name: string): { reason: string; message?: string | undefined } | undefined =>
    Waiting.parse(pod(name).status).containerStatuses[0]?.state.waiting;

  it("become ready after their start, and the StatefulSet counts them", async () => {
    world.behaviours.set("pg-0", { startMs: 1_500 });
    await create("pg");
    await world.clock.advance(1_400);
    expect(isReady(pod("pg-0"))).toBe(false);
    await world.clock.advance(1_000);
    expect(isReady(pod("pg-0"))).toBe(true);
    expect(conditionsOf(pod("pg-0")).map(({ type, status }) => `${type}=${status}`)).toEqual([
      "PodReadyToStartContainers=True",
      "Initialized=True",
      "Ready=True",
      "ContainersReady=True",
      "PodScheduled=True",
    ]);
    expect(set("pg")?.status).toMatchObject({
      replicas: 1,
      readyReplicas: 1,
      observedGeneration: 1,
    });
    expect(world.reasons("pg-0")).toEqual(
      expect.arrayContaining(["Scheduled", "Pulled", "Created", "Started"]),
    );
  });

  it("are made again when they are deleted", async () => {
    await create("pg");
    await world.clock.advance(2_000);
    const { uid } = pod("pg-0").metadata;
    await world.store.delete({ kind: "Pod", namespace: NAMESPACE, name: "pg-0" });
    await world.clock.advance(2_000);
    expect(pod("pg-0").metadata.uid).not.toBe(uid);
    expect(isReady(pod("pg-0"))).toBe(true);
  });

  it("are replaced when the template changes", async () => {
    await create("pg");
    await world.clock.advance(2_000);
    const former = pod("pg-0");
    const changed = plainSet("pg", { image: "postgres:17" });
    await world.store.modify({ kind: "StatefulSet", namespace: NAMESPACE, name: "pg" }, (it) => {
      if (changed.spec !== undefined) it.spec = changed.spec;
    });
    await world.clock.advance(5_000);
    expect(pod("pg-0").metadata.uid).not.toBe(former.metadata.uid);
    expect(pod("pg-0").spec).toMatchObject({ containers: [{ image: "postgres:17" }] });
    expect(set("pg")?.status?.["currentRevision"]).toBe(set("pg")?.status?.["updateRevision"]);
  });

  it("wait longer after each crash: at once, 10 s, 20 s, 40 s", async () => {
    world.behaviours.set("pg-0", { crashAfterMs: 1_000 });
    await create("pg");
    const restarts: number[] = [];
    for (const ms of [1_500, 1_000, 10_000, 1_000, 20_000]) {
      await world.clock.advance(ms);
      restarts.push(recordFrom(pod("pg-0")).restarts);
    }
    expect(restarts).toEqual([1, 1, 2, 2, 3]);
    await world.clock.advance(1_000);
    expect(waiting("pg-0")).toMatchObject({ reason: "CrashLoopBackOff" });
    expect(waiting("pg-0")?.message).toMatch(
      /^back-off 40s restarting failed container=postgres pod=pg-0_toygres/,
    );
    expect(recordFrom(pod("pg-0")).last).toMatchObject({
      exitCode: 1,
      reason: "Error",
      message: "simulated crash",
    });
    expect(world.reasons("pg-0")).toContain("BackOff");
  });

  it("stay Running and not ready when they never answer their probe", async () => {
    world.behaviours.set("pg-0", { neverReady: true });
    await create("pg", {
      startupProbe: {
        exec: { command: ["pg_isready"] },
        periodSeconds: 1,
        failureThreshold: 3_600,
      },
    });
    await world.clock.advance(60_000);
    expect(pod("pg-0").status).toMatchObject({ phase: "Running" });
    expect(isReady(pod("pg-0"))).toBe(false);
    expect(world.reasons("pg-0")).toContain("Unhealthy");
  });

  it("are killed and started again when their startup probe fails for good", async () => {
    world.behaviours.set("pg-0", { neverReady: true });
    await create("pg");
    await world.clock.advance(3_500);
    expect(recordFrom(pod("pg-0")).restarts).toBe(1);
    expect(world.reasons("pg-0")).toContain("Killing");
  });

  it("say which image cannot be pulled, and go on when it can", async () => {
    world.behaviours.set("pg-0", { pullFails: true });
    await create("pg", { image: "postgres:99" });
    await world.clock.advance(500);
    expect(waiting("pg-0")?.reason).toBe("ErrImagePull");
    expect(waiting("pg-0")?.message).toContain('failed to pull and unpack image "postgres:99"');
    await world.clock.advance(1_000);
    expect(waiting("pg-0")?.reason).toBe("ImagePullBackOff");
    world.behaviours.delete("pg-0");
    await world.clock.advance(30_000);
    expect(isReady(pod("pg-0"))).toBe(true);
  });

  it("wait in ContainerCreating, with an event, for what they mount", async () => {
    const problem = 'MountVolume.SetUp failed for volume "tls" : secret "pg-tls" not found';
    world.behaviours.set("pg-0", { mountFails: problem });
    await create("pg");
    await world.clock.advance(10_000);
    expect(waiting("pg-0")?.reason).toBe("ContainerCreating");
    expect(world.store.list("Event").filter((it) => it.message === problem)).toHaveLength(1);
  });

  it("are unschedulable while the node lacks room, and run when another has gone", async () => {
    const large = { resources: { requests: { memory: "1500Mi" } } };
    await create("one", large);
    await create("two", large);
    await world.clock.advance(2_000);
    expect(pod("two-0").status).toMatchObject({
      phase: "Pending",
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          reason: "Unschedulable",
          message: "0/1 nodes are available: 1 Insufficient memory.",
        },
      ],
    });
    await world.store.delete({ kind: "StatefulSet", namespace: NAMESPACE, name: "one" });
    await world.clock.advance(3_000);
    expect(isReady(pod("two-0"))).toBe(true);
  });

  it("are unschedulable without their claim, which is named", async () => {
    await world.store.create(plainSet("pg"));
    await world.clock.advance(1_000);
    expect(conditionsOf(pod("pg-0"))).toMatchObject([{ type: "PodScheduled", status: "False" }]);
    expect(JSON.stringify(pod("pg-0").status)).toContain(
      'persistentvolumeclaim \\"pg-data\\" not found',
    );
  });

  it("keep their claim from going while they use it", async () => {
    await create("pg");
    await world.clock.advance(2_000);
    const claim = { kind: "PersistentVolumeClaim", namespace: NAMESPACE, name: "pg-data" };
    expect(world.store.get(claim)?.status).toMatchObject({ phase: "Bound" });
    await world.store.delete(claim);
    await world.clock.advance(5_000);
    expect(world.store.get(claim)?.metadata.deletionTimestamp).toBeDefined();
    await world.store.delete({ kind: "StatefulSet", namespace: NAMESPACE, name: "pg" });
    await world.clock.advance(5_000);
    expect(world.store.get(claim)).toBeUndefined();
    expect(world.store.list("PersistentVolume")).toEqual([]);
    expect(podNamed(world.store, "pg-0")).toBeUndefined();
  });

  it("start one after the other in a StatefulSet of three", async () => {
    await create("pg");
    await world.clock.advance(100);
    await world.store.modify({ kind: "StatefulSet", namespace: NAMESPACE, name: "pg" }, (it) => {
      it.spec = { ...it.spec, replicas: 3 };
    });
    await world.clock.advance(5_000);
    expect(set("pg")?.status).toMatchObject({ replicas: 3, readyReplicas: 3 });
  });
});

describe("services in virtual time", () => {
  it("get addresses of their own: a load balancer after its delay, a headless one none", async () => {
    const world = await simulatedWorld();
    const create = (name: string, spec: Record<string, string>): Promise<KubernetesObject> =>
      world.store.create({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace: NAMESPACE },
        spec: { selector: { app: "pg" }, ports: [{ port: 5432, protocol: "TCP" }], ...spec },
        status: { loadBalancer: {} },
      });
    await create("inner", { type: "ClusterIP" });
    await create("outer", { type: "LoadBalancer" });
    await create("headless", { type: "ClusterIP", clusterIP: "None" });
    await world.clock.advance(100);
    const get = (name: string): KubernetesObject | undefined =>
      world.store.get({ kind: "Service", namespace: NAMESPACE, name });
    const outer = (): string[] => ingressOf(get("outer") ?? fail());
    expect(outer()).toEqual([]);
    await world.clock.advance(2_000);
    expect(outer()).toEqual(["127.70.64.1"]);
    expect(get("headless")?.spec?.["clusterIP"]).toBe("None");
    expect([get("inner")?.spec?.["clusterIP"], get("outer")?.spec?.["clusterIP"]].sort()).toEqual([
      "127.70.0.1",
      "127.70.0.2",
    ]);
    await world.close();
  });
});

function fail(): never {
  throw new Error("the object is missing");
}
