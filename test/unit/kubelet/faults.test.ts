import { z } from "zod";
import { isReady } from "../../../local/cluster/controllers/objects.ts";
import { ingressOf } from "../../../local/cluster/controllers/service-spec.ts";
import { readRequest } from "../../../local/cluster/faults/request.ts";
import { recordFrom } from "../../../local/cluster/kubelet/status.ts";
import { NAMESPACE, plainInstance, podNamed } from "../../support/kubelet-world.ts";
import { simulatedWorld, type SimulatedWorld } from "../../support/simulated-world.ts";

const Waiting = z.object({
  containerStatuses: z.tuple([
    z.object({
      state: z.object({
        waiting: z.object({ reason: z.string(), message: z.string().optional() }),
      }),
    }),
  ]),
});

/** As the control plane names what is of an instance. */
const ORDERS = "pg-orders-1a2b3c4d";
const BILLING = "pg-billing-5e6f7a8b";
const POD = `${ORDERS}-0`;

describe("faults of nodes, in virtual time", () => {
  let world: SimulatedWorld;

  beforeEach(async () => {
    world = await simulatedWorld();
  });
  afterEach(async () => {
    world.board.clear();
    await world.close();
  });

  const ask = (request: object) => world.board.add(readRequest(request));
  const create = async (name = ORDERS): Promise<void> => {
    for (const object of plainInstance(name)) await world.store.create(object);
  };
  const pod = (name = POD) => {
    const found = podNamed(world.store, name);
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  };
  const ready = (name = POD): boolean => isReady(pod(name));
  const waiting = () => Waiting.parse(pod().status).containerStatuses[0].state.waiting;
  const messages = (about: string): string[] =>
    world.store
      .list("Event")
      .filter((it) => it.involvedObject?.["name"] === about && it.type === "Warning")
      .map(({ reason = "", message = "" }) => `${reason}: ${message}`);

  it("befall the instance that was named, and no other", async () => {
    ask({ fault: "no-room", instance: "orders" });
    await create(ORDERS);
    await create(BILLING);
    await world.clock.advance(5_000);

    expect([ready(), ready(`${BILLING}-0`)]).toEqual([false, true]);
  });

  it("befall all when none was named", async () => {
    ask({ fault: "no-room", lacks: "cpu" });
    await create(ORDERS);
    await create(BILLING);
    await world.clock.advance(5_000);

    expect([ready(), ready(`${BILLING}-0`)]).toEqual([false, false]);
    expect(JSON.stringify(pod().status)).toContain("0/1 nodes are available: 1 Insufficient cpu.");
  });

  it("are over after their time", async () => {
    ask({ fault: "no-room", forSeconds: 30 });
    await create();
    await world.clock.advance(29_000);
    expect(ready()).toBe(false);
    await world.clock.advance(4_000);

    expect(ready()).toBe(true);
    expect(world.board.list()).toEqual([]);
  });

  it("are over when they are ended, one by one or all", async () => {
    const first = ask({ fault: "no-room" });
    ask({ fault: "volume-cannot-be-attached" });
    await create();
    await world.clock.advance(2_000);

    expect(world.board.remove(first?.id ?? "")).toBe(true);
    expect(world.board.remove(first?.id ?? "")).toBe(false);
    await world.clock.advance(2_000);
    expect(messages(POD)).toContainEqual(
      expect.stringMatching(/^FailedAttachVolume: AttachVolume/),
    );
    expect(world.board.clear()).toBe(1);
    await world.clock.advance(3_000);
    expect(ready()).toBe(true);
  });

  it("let so many pulls fail, with the events of a real kubelet, and the next one succeed", async () => {
    ask({ fault: "image-cannot-be-pulled", because: "registry-timeout", times: 2 });
    await create();
    await world.clock.advance(500);
    expect(waiting()).toMatchObject({ reason: "ErrImagePull" });
    await world.clock.advance(1_000);
    expect(waiting().reason).toBe("ImagePullBackOff");
    expect(waiting().message).toMatch(
      /^Back-off pulling image "postgres:18": ErrImagePull: rpc error: code = DeadlineExceeded .*: i\/o timeout$/,
    );
    expect(messages(POD)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Failed: Failed to pull image "postgres:18": rpc error/),
        "Failed: Error: ErrImagePull",
        "Failed: Error: ImagePullBackOff",
      ]),
    );
    await world.clock.advance(40_000);
    expect(ready()).toBe(true);
  });

  it("have a server that starts answer late", async () => {
    ask({ fault: "slow-start", delaySeconds: 2, times: 1 });
    await create();
    await world.clock.advance(1_500);
    expect(pod().status).toMatchObject({ phase: "Running" });
    expect(messages(POD)).toContainEqual(expect.stringMatching(/^Unhealthy: Startup probe failed/));
    expect(ready()).toBe(false);
    await world.clock.advance(2_000);
    expect(ready()).toBe(true);
    expect(recordFrom(pod()).restarts).toBe(0);
  });

  it.each([
    ["crash-loop", /FATAL: {2}could not access file "pg_stat_statements"/],
    ["disk-full", /initdb: error: .*No space left on device/],
  ])("end what is started with exit code 1, again and again: %s", async (fault, words) => {
    ask({ fault });
    await create();
    await world.clock.advance(5_000);

    expect(waiting().reason).toBe("CrashLoopBackOff");
    expect(recordFrom(pod()).last).toMatchObject({ exitCode: 1, reason: "Error" });
    expect(recordFrom(pod()).last?.message).toMatch(words);
    world.board.clear();
    await world.clock.advance(40_000);
    expect(ready()).toBe(true);
  });

  it.each([
    ["crash-loop", /could not access file/],
    ["disk-full", /PANIC: {2}could not write to file .*No space left on device/],
  ])("end what runs already: %s", async (fault, words) => {
    await create();
    await world.clock.advance(3_000);
    expect(ready()).toBe(true);

    ask({ fault, times: 1 });
    await world.clock.advance(100);
    expect(recordFrom(pod()).last).toMatchObject({ exitCode: 1 });
    expect(recordFrom(pod()).last?.message).toMatch(words);
    await world.clock.advance(5_000);
    expect(ready()).toBe(true);
    expect(recordFrom(pod()).restarts).toBe(1);
  });

  it("have a claim wait for its volume, with the cloud's words", async () => {
    ask({ fault: "volume-cannot-be-made", instance: "orders" });
    await create();
    await world.clock.advance(3_000);
    expect(messages(`${ORDERS}-data`)).toEqual([
      expect.stringMatching(/^ProvisioningFailed: failed to provision volume with StorageClass/),
    ]);
    expect(JSON.stringify(pod().status)).toContain("unbound immediate PersistentVolumeClaims");
    world.board.clear();
    await world.clock.advance(5_000);
    expect(ready()).toBe(true);
  });

  it("have a load balancer wait for its address: asked for again after 5 s, 10 s, or when the fault is over", async () => {
    ask({ fault: "load-balancer-without-address", instance: "orders" });
    await world.store.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: ORDERS, namespace: NAMESPACE },
      spec: { type: "LoadBalancer", ports: [{ port: 5432, protocol: "TCP" }] },
      status: { loadBalancer: {} },
    });
    const service = { kind: "Service", namespace: NAMESPACE, name: ORDERS };
    const address = () => {
      const found = world.store.get(service);
      return found === undefined ? [] : ingressOf(found);
    };
    const refusals = () =>
      world.store.list("Event").find(({ reason }) => reason === "SyncLoadBalancerFailed")?.count;

    await world.clock.advance(2_000);
    expect(messages(ORDERS)).toEqual([
      expect.stringMatching(/^SyncLoadBalancerFailed: .*"code":"PublicIPCountLimitReached"/),
    ]);
    await world.clock.advance(60_000);
    expect(refusals()).toBeLessThan(8);
    expect(address()).toEqual([]);
    world.board.clear();
    await world.clock.advance(100);
    expect(address()).toHaveLength(1);
  });

  it("keep nothing from going: a pod that waits, crashes or starts slowly is removed as ever", async () => {
    for (const fault of ["no-room", "crash-loop", "slow-start", "image-cannot-be-pulled"]) {
      ask({ fault });
      await create();
      await world.clock.advance(5_000);
      await world.store.delete({ kind: "StatefulSet", namespace: NAMESPACE, name: ORDERS });
      for (const kind of ["PersistentVolumeClaim", "Secret"]) {
        const name = kind === "Secret" ? `${ORDERS}-bootstrap` : `${ORDERS}-data`;
        await world.store.delete({ kind, namespace: NAMESPACE, name });
      }
      await world.clock.advance(5_000);
      expect(podNamed(world.store, POD)).toBeUndefined();
      expect(world.store.list("PersistentVolume")).toEqual([]);
      world.board.clear();
    }
  });
});
