import { withPostgres } from "../support/postgres.ts";
import { createInstance, deleteInstance } from "../support/world/api.ts";
import { openWorld, type World } from "../support/world/world.ts";
import { watched } from "../support/monitoring/watched.ts";
import { eventsInDocs, faultsOf } from "../support/monitoring/events.ts";

const server = withPostgres();
const MINUTE_MS = 60_000;

let world: World;
let { lines, linesOf, ask, ended } = {} as ReturnType<typeof watched>;
let orders: Awaited<ReturnType<typeof createInstance>>;

beforeAll(async () => {
  world = await openWorld({ databaseUrl: (await server.newDatabase()).url });
  ({ lines, linesOf, ask, ended } = watched(world));
  orders = await createInstance(world, "orders");
  await ended(orders.operationId);
});
afterAll(() => world.close());

describe("what is logged of a create", () => {
  it("is said once: that it was asked for, and that it ended", () => {
    const { instanceId, operationId } = orders;
    const ids = { instanceId, operationId, instanceName: "orders", kind: "create" };
    expect(linesOf("operation.requested")).toEqual([
      {
        level: "info",
        event: "operation.requested",
        requestId: "request-1",
        ...ids,
        repeated: false,
      },
    ]);
    expect(linesOf("operation.ended")).toEqual([
      expect.objectContaining({
        level: "info",
        ...ids,
        status: "succeeded",
        ms: expect.any(Number),
      }),
    ]);
    expect(linesOf("operation.ended")[0]).not.toHaveProperty("code");
  });

  it("leads from the request to each step", () => {
    const trail = ask("request-trail", { "REQUEST-ID": "request-1" });
    const steps = trail.filter(({ event }) => event === "step.ended").map(({ step }) => step);
    expect([...new Set(steps)]).toEqual([
      "begin-operation",
      "deploy-postgres",
      "wait-for-ready",
      "get-connection-strings",
      "ensure-certificate",
      "test-connection",
      "start-health-check",
      "update-metadata",
    ]);
    expect(trail.map(({ event }) => event)).toEqual(
      expect.arrayContaining(["operation.requested", "request.ended", "operation.ended"]),
    );
    expect(
      trail.every(({ operationId }) => operationId === "" || operationId === orders.operationId),
    ).toBe(true);
  });

  it("leads from the operation to its calls of the Kubernetes API, with the id of the audit log", () => {
    const calls = ask("operation-timeline", { "OPERATION-ID": orders.operationId }).filter(
      ({ event }) => event === "kubernetes.called",
    );
    expect(calls).toContainEqual(
      expect.objectContaining({
        step: "deploy-postgres",
        call: expect.stringMatching(/ StatefulSet pg-orders-/),
        auditId: expect.stringMatching(/./),
      }),
    );
  });

  it("is nothing of the turns of its health check but the first change", async () => {
    await world.run(() => false, 10 * MINUTE_MS);
    expect(linesOf("health.changed")).toEqual([
      expect.objectContaining({ instanceId: orders.instanceId, from: "unknown", to: "healthy" }),
    ]);
    const steps = [...linesOf("step.started"), ...linesOf("step.ended")];
    expect(steps.map(({ activity }) => activity)).not.toContain("toygres::activity::check-health");
  });
});

describe("a step that runs twice", () => {
  it("says what it has ended, and what has changed, once", async () => {
    world.hosts.around = async (call, act) => {
      const answer = await act();
      // As after an answer that was lost.
      if (/::(update-metadata|check-health)$/.test(call.activity)) await act();
      return answer;
    };
    const { instanceId, operationId } = await createInstance(world, "twice");
    await ended(operationId);
    await world.run(() => false, MINUTE_MS);
    world.hosts.around = (_call, act) => act();
    const of = (event: string) =>
      linesOf(event).filter((line) => line["instanceId"] === instanceId);
    expect(of("operation.ended")).toHaveLength(1);
    expect(of("health.changed")).toHaveLength(1);
  });
});

describe("a delete", () => {
  it("is followed to its end, and a second request says that it is the same", async () => {
    const operationId = await deleteInstance(world, "orders");
    expect(await deleteInstance(world, "orders")).toBe(operationId);
    await ended(operationId);
    const of = (event: string) =>
      linesOf(event).filter((line) => line["operationId"] === operationId);
    expect(of("operation.requested").map(({ kind, repeated }) => [kind, repeated])).toEqual([
      ["delete", false],
      ["delete", true],
    ]);
    expect(of("operation.ended")).toEqual([
      expect.objectContaining({ kind: "delete", status: "succeeded", instanceName: "orders" }),
    ]);
  });
});

describe("all lines of all that", () => {
  it("have the fields that docs/monitoring.md lists, and no other", () => {
    const documented = eventsInDocs();
    expect([...new Set(lines().flatMap((line) => faultsOf(line, documented)))]).toEqual([]);
  });

  it("are flat, so that a query reads them by name", () => {
    const nested = lines().filter((line) =>
      Object.values(line).some((it) => typeof it === "object" && it !== null),
    );
    expect(nested).toEqual([]);
  });

  it("are counted and sized by their event", () => {
    const costs = ask("log-costs");
    expect(costs.reduce((sum, { lines: count }) => sum + Number(count), 0)).toBe(lines().length);
    expect(costs.map(({ source }) => source)).toContain("gauges.sampled");
  });

  it.each([
    "step-durations",
    "requests-by-endpoint",
    "cold-starts",
    "errors",
    "slow-kubernetes-calls",
  ])("can be asked: %s", (name) => {
    const rows = ask(name);
    if (name === "cold-starts") expect(rows.map(({ coldStarts }) => coldStarts)).toContain(1);
    if (name === "step-durations") expect(rows.length).toBeGreaterThan(8);
    expect(Array.isArray(rows)).toBe(true);
  });
});
