import type { DurableClient, Status } from "../../../src/durable/client.ts";
import { inputOf } from "../../../src/functions/start-operation.ts";
import { workflowsOf } from "../../../src/functions/workflows.ts";
import { anInstance } from "../../support/memory-catalog.ts";

const at = new Date("2026-11-21T08:00:00.000Z");
const common = { id: "op-1", name: "n", createdAt: at, updatedAt: at, customStatus: null };

/** A client that knows one orchestration at most, and notes what it is asked for. */
function client(known?: Status) {
  const calls: unknown[][] = [];
  const noted: DurableClient = {
    async start(orchestration, input, { id }) {
      calls.push(["start", orchestration.name, id, input]);
      return { outcome: "already-started", handle: { id, orchestration } };
    },
    status: async () => known as never,
    raise: async (...args) => calls.push(["raise", ...args]) > 0,
    purge: async (...args) => calls.push(["purge", ...args]) > 0,
    terminate: async (...args) => calls.push(["terminate", ...args]) > 0,
    wait: () => Promise.withResolvers<never>().promise,
  };
  return { workflows: workflowsOf(noted), calls };
}

describe("workflows over the durable client", () => {
  it("start a create with the operation's id and all that the instance is to be", async () => {
    const { workflows, calls } = client();
    const instance = anInstance({ state: "creating", dnsLabel: "orders" });
    await workflows.startOperation({
      id: "op-1",
      kind: "create",
      input: inputOf("create", instance),
    });
    expect(calls).toEqual([
      [
        "start",
        "toygres::orchestration::create-instance",
        "op-1",
        {
          instanceId: instance.id,
          name: "orders",
          namespace: "toygres",
          postgresVersion: "18",
          storageSizeGb: 10,
          useLoadBalancer: true,
          dnsLabel: "orders",
          allowedCidrs: ["203.0.113.0/24"],
        },
      ],
    ]);
  });

  it("start deletes, health checks and monitors under ids that never change", async () => {
    const { workflows, calls } = client();
    const instance = anInstance();
    const subject = { instanceId: instance.id, namespace: "toygres", instanceName: "orders" };
    await workflows.startOperation({
      id: "op-1",
      kind: "delete",
      input: inputOf("delete", instance),
    });
    await workflows.startHealthCheck(subject);
    expect(await workflows.startMonitor("op-1")).toBe(false);
    expect(calls).toEqual([
      ["start", "toygres::orchestration::delete-instance", "op-1", subject],
      ["start", "toygres::orchestration::health-check", `health-${instance.id}`, subject],
      [
        "start",
        "toygres::orchestration::monitor-operation",
        "monitor-op-1",
        { operationId: "op-1" },
      ],
    ]);
  });

  it("wake by an event, and forget an operation with its monitor, and after a delete the health check", async () => {
    const { workflows, calls } = client();
    await workflows.wake("op-1");
    await workflows.purge({ id: "op-1", kind: "create", instanceId: "i-1" });
    await workflows.purge({ id: "op-2", kind: "delete", instanceId: "i-1" });
    expect(calls).toEqual([
      ["raise", "op-1", "wake"],
      ["purge", "monitor-op-1"],
      ["purge", "op-1"],
      ["purge", "health-i-1"],
      ["purge", "monitor-op-2"],
      ["purge", "op-2"],
    ]);
  });

  it("take an orchestration for alive until it has ended", async () => {
    const states: [Status | undefined, boolean][] = [
      [undefined, false],
      [{ ...common, state: "Pending" }, true],
      [{ ...common, state: "Running" }, true],
      [{ ...common, state: "ContinuedAsNew" }, true],
      [{ ...common, state: "Suspended" }, true],
      [{ ...common, state: "Completed", output: {} }, false],
      [{ ...common, state: "Terminated", reason: "" }, false],
    ];
    for (const [known, alive] of states) {
      expect(await client(known).workflows.isAlive("op-1")).toBe(alive);
    }
  });

  it("show the steps of a custom status, and nothing of any other", async () => {
    const steps = [{ name: "deploy-postgres", status: "running", attempts: 1 }];
    const showing = (customStatus: unknown) =>
      client({ ...common, state: "Running", customStatus }).workflows.progress("op-1");
    expect(await showing({ steps })).toEqual({ steps });
    expect(await showing({ truncated: true })).toBeUndefined();
    expect(await showing(null)).toBeUndefined();
  });
});
