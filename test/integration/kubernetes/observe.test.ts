import { randomUUID } from "node:crypto";
import type { Behaviour } from "../../../local/cluster/kubelet/simulated-runtime.ts";
import type { KubernetesObject } from "../../../local/cluster/store/object.ts";
import { createCluster } from "../../../src/kubernetes/cluster.ts";
import { objectNames } from "../../../src/domain/names.ts";
import type { InstancePlan } from "../../../src/domain/cluster.ts";
import { setUpNamespace } from "../../../src/kubernetes/setup.ts";
import { startLocalCluster, type LocalCluster } from "../../support/local-cluster.ts";
import { contents, newPlan, open } from "../../support/plans.ts";

let local: LocalCluster;
const behaviours = new Map<string, Behaviour>();
beforeAll(async () => {
  local = await startLocalCluster((podName) => behaviours.get(podName) ?? {});
  await setUpNamespace({ kubeconfig: local.kubeconfig, namespace: "toygres" });
});
afterAll(async () => {
  await local.stop();
});
afterEach(() => {
  local.server.faults.clear();
  local.server.board.clear();
});

/** An instance whose pod behaves as told. */
async function deploy(
  behaviour: Behaviour = {},
  given: Partial<InstancePlan> = {},
): Promise<InstancePlan> {
  const plan = newPlan(given);
  behaviours.set(objectNames(plan).pod, behaviour);
  const made = contents("x");
  await local.cluster.apply("services", plan, open);
  await local.cluster.ensureSecret("control", plan, async () => made.control, open);
  await local.cluster.ensureSecret("certificate", plan, async () => made.certificate, open);
  await local.cluster.ensureSecret("bootstrap", plan, async () => made.bootstrap, open);
  await local.cluster.apply("workload", plan, open);
  return plan;
}

describe("waiting for a pod", () => {
  it("ends as soon as it is ready", async () => {
    const plan = await deploy();

    const { ready, podPhase, hopeless } = await local.cluster.readiness(plan, 15_000);

    expect({ ready, podPhase, hopeless }).toEqual({
      ready: true,
      podPhase: "Running",
      hopeless: false,
    });
  });

  it("ends with the slice, and says what it waits for", async () => {
    const plan = await deploy({ neverReady: true });
    const began = performance.now();

    const state = await local.cluster.readiness(plan, 600);

    expect(state).toMatchObject({ ready: false, hopeless: false });
    expect(state.waitingFor).toContain(`pod ${objectNames(plan).pod}: `);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it("ends at once when the image does not exist", async () => {
    const plan = await deploy({ pullFails: true });

    const state = await local.cluster.readiness(plan, 10_000);

    expect(state.hopeless).toBe(true);
    expect(state.waitingFor).toMatch(/^image postgres:18 cannot be pulled: /);
  });

  it("shows the crash, not the back-off", async () => {
    const plan = await deploy({ crashAfterMs: 50, neverReady: true });
    const deadline = Date.now() + 10_000;
    let waitingFor: string | undefined;
    while (waitingFor?.includes("CrashLoopBackOff") !== true && Date.now() < deadline) {
      ({ waitingFor } = await local.cluster.readiness(plan, 200));
    }

    expect(waitingFor).toContain("exit code 1");
  });

  it("says why there is no volume, from the claim's own events", async () => {
    local.server.board.add({ fault: "volume-cannot-be-made" });
    const plan = await deploy();

    const { waitingFor, action } = await local.cluster.readiness(plan, 1_000);

    expect(waitingFor).toMatch(
      /: its volume cannot be made: SubscriptionRequestsThrottled: Number/,
    );
    expect(action).toMatch(/^Wait until Azure takes requests again/);
  });

  it("goes on when the watch is cut", async () => {
    const plan = await deploy({ startMs: 1_500 });
    local.server.faults.add({ verb: "watch", kind: "Pod", times: 3, effect: { type: "cut" } });

    expect((await local.cluster.readiness(plan, 15_000)).ready).toBe(true);
  });

  it("says that there is no pod when nothing was deployed", async () => {
    expect(await local.cluster.readiness(newPlan(), 0)).toMatchObject({
      ready: false,
      podPhase: "Missing",
    });
  });
});

describe("a StatefulSet and a Service of the same name", () => {
  /** A warning about one of them, which is not there (any more). */
  const warn = (kind: string, plan: InstancePlan, message: string): Promise<void> =>
    local.server.store.recordEvent(
      {
        apiVersion: "v1",
        kind,
        metadata: {
          name: objectNames(plan).statefulSet,
          namespace: plan.namespace,
          uid: randomUUID(),
        },
      } as KubernetesObject,
      { type: "Warning", reason: "Failed", message, component: "test" },
    );

  it("have their own warnings, and those of one do not explain the other", async () => {
    const plan = newPlan();
    await warn("Service", plan, "no address for the load balancer");

    expect((await local.cluster.readiness(plan, 0)).waitingFor).toBe(
      `pod ${objectNames(plan).pod}: does not exist yet`,
    );
    await warn("StatefulSet", plan, "exceeded quota: compute");
    expect((await local.cluster.readiness(plan, 0)).waitingFor).toBe(
      `pod ${objectNames(plan).pod}: exceeded quota: compute`,
    );
    expect((await local.cluster.endpoint(plan, "external", 0)).waitingFor).toBe(
      "the Service does not exist: no address for the load balancer",
    );
  });
});

describe("waiting for an address", () => {
  it("ends when the load balancer has one", async () => {
    const plan = await deploy();

    const { externalIp, clusterIp } = await local.cluster.endpoint(plan, "external", 10_000);

    expect(externalIp).toMatch(/^127\./);
    expect(clusterIp).toMatch(/^127\./);
  });

  it("says why there is none, and what to do about it", async () => {
    local.server.board.add({ fault: "load-balancer-without-address", because: "no-right" });
    const plan = await deploy();

    expect(await local.cluster.endpoint(plan, "external", 1_000)).toMatchObject({
      waitingFor: expect.stringMatching(
        /^load balancer has no address yet: AuthorizationFailed: does not have authorization to perform action/,
      ),
      action: expect.stringContaining("the role `Network Contributor`"),
    });
  });

  it("is over at once for a Service inside the cluster", async () => {
    const plan = await deploy({}, { useLoadBalancer: false });

    expect((await local.cluster.endpoint(plan, "internal", 5_000)).clusterIp).toMatch(/^127\./);
    expect((await local.cluster.endpoint(plan, "external", 0)).waitingFor).toContain(
      "is no load balancer",
    );
  });

  it("says that the Service does not exist", async () => {
    expect(await local.cluster.endpoint(newPlan(), "external", 0)).toEqual({
      waitingFor: "the Service does not exist",
    });
  });
});

describe("a cluster", () => {
  it("that answers is alive, and one that does not is unavailable in time", async () => {
    await local.cluster.ping();
    local.server.faults.add({ kind: "Secret", effect: { type: "slow", ms: 2_000 } });
    const hasty = createCluster({ kubeconfig: local.kubeconfig, requestTimeoutMs: 200 });

    await expect(hasty.readSecret("control", newPlan())).rejects.toThrow(
      /^cannot read Secret "pg-orders-[0-9a-f]{8}-control": the cluster does not answer in time$/,
    );
  });
});
