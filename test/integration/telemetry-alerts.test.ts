import { withPostgres } from "../support/postgres.ts";
import { createInstance, operationOf } from "../support/world/api.ts";
import { openWorld, type World } from "../support/world/world.ts";
import { watched } from "../support/monitoring/watched.ts";

const server = withPostgres();
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let world: World;
let { linesOf, ask, alerts, ended, now } = {} as ReturnType<typeof watched>;
let orders: Awaited<ReturnType<typeof createInstance>>;
let broken: typeof orders;

beforeAll(async () => {
  world = await openWorld({ databaseUrl: (await server.newDatabase()).url });
  ({ linesOf, ask, alerts, ended, now } = watched(world));
  orders = await createInstance(world, "orders");
  await ended(orders.operationId);
});
afterAll(() => world.close());

describe("a quiet day", () => {
  it("has how things stand once a minute, and no alert", async () => {
    const before = linesOf("gauges.sampled").length;
    await world.run(() => false, 20 * MINUTE_MS);
    expect(linesOf("gauges.sampled").length - before).toBe(20);
    expect(ask("gauges").at(-1)).toMatchObject({
      running: 1,
      unhealthy: 0,
      healthChecksWanted: 1,
      healthChecksMissing: 0,
      operationsLate: 0,
    });
    expect(alerts()).toEqual({});
  });
});

describe("a create that fails", () => {
  beforeAll(async () => {
    world.behaviours.set("broken", { pullFails: true });
    broken = await createInstance(world, "broken");
    await ended(broken.operationId);
  });

  it("is said once, with its code, however often its last step is repeated", async () => {
    const [line, ...more] = linesOf("operation.ended").filter(
      ({ operationId }) => operationId === broken.operationId,
    );
    expect(more).toEqual([]);
    expect(line).toMatchObject({ level: "warn", kind: "create", status: "failed" });
    const { error } = await operationOf(world, broken.operationId);
    expect(line).toHaveProperty("code", error?.code);
  });

  it("fires one alert, of its kind and code, and no other", async () => {
    const { error } = await operationOf(world, broken.operationId);
    expect(alerts()).toEqual({
      "operation-failed": [{ operationKind: "create", code: error?.code }],
    });
    expect(ask("failures-by-code")).toEqual([
      expect.objectContaining({ code: error?.code, failures: 1, operationId: broken.operationId }),
    ]);
    expect(ask("creates-per-day")).toEqual([
      expect.objectContaining({ succeeded: 1, failed: 1, canceled: 0 }),
    ]);
  });

  it("is over a quarter of an hour later", async () => {
    await world.run(() => false, 16 * MINUTE_MS);
    expect(alerts()).toEqual({});
  });
});

describe("an instance that does not answer", () => {
  it("is told at once, fires its alert after five minutes, and none when it is back", async () => {
    world.behaviours.set("orders", { neverReady: true });
    const unhealthy = () => linesOf("health.changed").some(({ to }) => to === "unhealthy");
    expect(await world.run(unhealthy, 12 * HOUR_MS)).toBe(true);
    expect(linesOf("health.changed").at(-1)).toMatchObject({
      level: "warn",
      instanceId: orders.instanceId,
      instanceName: "orders",
      from: "healthy",
      to: "unhealthy",
      reason: expect.stringMatching(/nobody answers/),
    });
    await world.run(() => false, 3 * MINUTE_MS);
    expect(alerts()).toEqual({});
    await world.run(() => false, 5 * MINUTE_MS);
    expect(alerts()).toEqual({ "instance-unhealthy": [{ instanceId: orders.instanceId }] });
    expect(ask("unhealthy-instances")).toEqual([
      expect.objectContaining({ instanceName: "orders", instanceId: orders.instanceId }),
    ]);

    world.behaviours.delete("orders");
    const healthy = () => linesOf("health.changed").at(-1)?.["to"] === "healthy";
    expect(await world.run(healthy, 12 * HOUR_MS)).toBe(true);
    await world.run(() => false, 6 * MINUTE_MS);
    expect([ask("unhealthy-instances"), alerts()]).toEqual([[], {}]);
  });
});

describe("a health check that is missing", () => {
  it("fires its alert while the durable backend keeps the sweep from starting it anew", async () => {
    await world.durable.terminate(
      `health-${orders.instanceId}`,
      "as an operator would in the portal",
    );
    world.durableGone = true;
    await world.run(() => false, 20 * MINUTE_MS);
    expect(alerts()).toEqual({ "health-checks-missing": [{}] });
    world.durableGone = false;
    await world.run(() => linesOf("health-check.restarted").length > 0, 10 * MINUTE_MS);
    expect(ask("health-checks-missing")).toEqual([
      expect.objectContaining({ instanceId: orders.instanceId, found: "had ended" }),
    ]);
    await world.run(() => false, 11 * MINUTE_MS);
    expect(alerts()).toEqual({});
  });
});

describe("an operation that nobody closes", () => {
  it("fires its alert when it is more than five minutes past its deadline", async () => {
    const late = "11111111-1111-4111-8111-111111111111";
    await world.database.rows(
      `insert into operations (id, kind, instance_id, instance_name, input, status, execution_token, started_at,
         deadline_at)
       values ($1, 'create', $2, 'broken', '{}', 'running', 'lost', $3, $3) returning id`,
      [late, broken.instanceId, now()],
    );
    world.durableGone = true;
    await world.run(() => false, 4 * MINUTE_MS);
    expect(alerts()).not.toHaveProperty("operation-late");
    await world.run(() => false, 4 * MINUTE_MS);
    expect(alerts()).toHaveProperty("operation-late", [{ operationId: late }]);
    world.durableGone = false;
    await world.database.rows("delete from operations where id = $1 returning id", [late]);
    await world.run(() => false, 11 * MINUTE_MS);
    expect(alerts()).toEqual({});
  });
});

describe("a metadata database that is away", () => {
  it("fires its own alert within five minutes, and after ten that of silence", async () => {
    world.metadata.down();
    await world.run(() => false, 5 * MINUTE_MS);
    expect(alerts()).toEqual({ "metadata-unreachable": [{}] });
    await world.run(() => false, 6 * MINUTE_MS);
    expect(alerts()).toEqual({ "metadata-unreachable": [{}], "control-plane-silent": [{}] });
    world.metadata.up();
    await world.run(() => false, 11 * MINUTE_MS);
    expect(alerts()).toEqual({});
  });
});
