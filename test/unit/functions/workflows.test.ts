import { DomainError } from "../../../src/domain/errors.ts";
import type { DurableClient, Status } from "../../../src/durable/client.ts";
import { inputOf } from "../../../src/functions/start-operation.ts";
import { workflowsOf } from "../../../src/functions/workflows.ts";
import { anInstance } from "../../support/memory-catalog.ts";

const at = new Date("2026-11-21T08:00:00.000Z");
const common = { id: "op-1", name: "n", createdAt: at, updatedAt: at, customStatus: null };

/** A client that knows one orchestration at most, and notes what it is asked for. */
function client(known?: Status | ((id: string) => Status | undefined)) {
  const calls: unknown[][] = [];
  const noted: DurableClient = {
    async start(orchestration, input, { id }) {
      calls.push(["start", orchestration.name, id, input]);
      return { outcome: "already-started", handle: { id, orchestration } };
    },
    status: async (id: unknown) =>
      (typeof known === "function" ? known(String(id)) : known) as never,
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

  const ended: Status = { ...common, state: "Terminated", reason: "" };
  const suspended: Status = { ...common, state: "Suspended" };
  const deletion = { id: "op-2", kind: "delete", instanceId: "i-1" } as const;

  it("end whatever is still alive of an operation before they forget it", async () => {
    for (const alive of ["health-i-1", "monitor-op-2", "op-2"]) {
      const statuses = [suspended];
      const { workflows, calls } = client((id) => (id === alive && statuses.shift()) || ended);
      expect(await workflows.purge(deletion)).toEqual([]);
      expect(calls.filter(([what]) => what === "terminate")).toEqual([
        ["terminate", alive, "it stood still"],
      ]);
      const purged = calls.filter(([what]) => what === "purge").map(([, id]) => id);
      expect(purged).toHaveLength(3);
      expect(calls.findIndex(([what]) => what === "terminate")).toBeLessThan(
        calls.findIndex(([what, id]) => what === "purge" && id === alive),
      );
    }
  });

  it("name what does not end, and forget the rest of its operation all the same", async () => {
    const { workflows, calls } = client((id) => (id === "op-2" ? ended : suspended));
    expect(await workflows.purge(deletion)).toEqual(["health-i-1", "monitor-op-2"]);
    expect(calls.filter(([what]) => what === "purge")).toEqual([["purge", "op-2"]]);
  });

  it("forget the rest of an operation also when one part of it cannot be asked for", async () => {
    const { workflows, calls } = client((id) => {
      if (id === "health-i-1") throw new DomainError("durable-unavailable", "away");
      return ended;
    });
    await expect(workflows.purge(deletion)).rejects.toMatchObject({ code: "durable-unavailable" });
    expect(calls).toEqual([
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

  it("tell how one stands and when it moved last", async () => {
    const states: [Status | undefined, object][] = [
      [undefined, { state: "gone" }],
      [{ ...common, state: "Terminated", reason: "" }, { state: "gone" }],
      [
        { ...common, state: "Pending" },
        { state: "alive", movedAt: at },
      ],
      [
        { ...common, state: "Suspended" },
        { state: "suspended", movedAt: at },
      ],
    ];
    for (const [known, standing] of states) {
      expect(await client(known).workflows.standing("op-1")).toEqual(standing);
    }
  });

  it("start anew only what has ended, and terminate it once", async () => {
    const subject = { instanceId: anInstance().id, namespace: "toygres", instanceName: "orders" };
    const still = client({ ...common, state: "Suspended" });
    expect(await still.workflows.restartMonitor("op-1")).toBe(false);
    expect(still.calls).toEqual([["terminate", "monitor-op-1", "it stood still"]]);

    const ended = client({ ...common, state: "Terminated", reason: "" });
    await ended.workflows.restartHealthCheck(subject);
    expect(ended.calls.map(([what, of]) => [what, of])).toEqual([
      ["terminate", `health-${subject.instanceId}`],
      ["start", "toygres::orchestration::health-check"],
    ]);
  });

  it("show the steps of a custom status, and nothing of any other", async () => {
    const steps = [{ name: "deploy-postgres", status: "running", attempts: 1 }];
    const showing = (customStatus: unknown) =>
      client({ ...common, state: "Running", customStatus }).workflows.progress("op-1");
    expect(await showing({ steps })).toEqual({ steps });
    expect(await showing({ truncated: true })).toBeUndefined();
    expect(await showing(null)).toBeUndefined();
  });

  it("say of an operation whose orchestration has ended what its monitor does, and no more what it waited for", async () => {
    const cutOff = { name: "wait-for-ready", status: "running", attempts: 1 };
    const steps = [{ ...cutOff, waitingFor: "1 Insufficient memory", action: "Add a node." }];
    const ended = { ...common, state: "Terminated", reason: "", customStatus: { steps } } as const;
    const progress = (monitor: Status | undefined) =>
      client((id) => (id === "op-1" ? ended : monitor)).workflows.progress("op-1");

    expect(JSON.parse(JSON.stringify(await progress(undefined)))).toEqual({ steps: [cutOff] });
    const cleaning = { steps: [{ name: "delete-postgres", status: "running", attempts: 1 }] };
    const monitor = { ...common, state: "Running", customStatus: cleaning } as const;
    expect(await progress(monitor)).toEqual(cleaning);
  });
});
