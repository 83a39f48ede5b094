import { healthCheckId, monitorId, type InstanceRef } from "../../src/domain/names.ts";
import { withPostgres } from "../support/postgres.ts";
import { deleteInstance, operationOf } from "../support/world/api.ts";
import { HOUR_MS, livesIn, MINUTE_MS, type Created } from "../support/world/lives.ts";
import { look, violations } from "../support/world/truth.ts";
import { openWorld, type World } from "../support/world/world.ts";

const server = withPostgres();
let world: World;
beforeAll(async () => {
  world = await openWorld({ databaseUrl: (await server.newDatabase()).url });
});
afterAll(() => world.close());
const { requested, settled, stateOf, running, repairsOf, sql, alive } = livesIn(() => world);

/** Ends an operation as somebody with SQL would: past its orchestration and its instance. */
const closeBySql = (operationId: string) =>
  sql(
    `update operations set status = 'failed', error = '{"code": "x", "message": "x"}', ended_at = now()
     where id = $1`,
    [operationId],
  );

describe("an operation whose orchestration was ended from outside", () => {
  it.each(["terminated", "terminated and purged"])(
    "is closed, cleaned up and told of, when it was %s",
    async (how) => {
      const created = await requested(`lost-${how.length}`);
      world.behaviours.set(created.instanceName, { neverReady: true });
      await world.run(() => called(created, "wait-for-ready"), MINUTE_MS);
      await world.durable.terminate(created.operationId, "by hand");
      await world.run(async () => !(await alive(created.operationId)), MINUTE_MS);
      if (how.endsWith("purged")) await world.durable.purge(created.operationId);

      expect(await settled(created)).toBe(true);
      expect(await violations(world, created)).toEqual([]);
      const operation = await operationOf(world, created.operationId);
      expect(operation).toMatchObject({ status: "failed", error: { code: "orchestration-lost" } });
      expect(operation.result).toMatchObject({
        cleanup: { remaining: [], looks: { byLabel: 0, byName: 0 } },
      });
      const { removed } = operation.result!["cleanup"] as { removed: { kind: string }[] };
      expect(removed.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(["Service", "StatefulSet", "Secret", "PersistentVolumeClaim"]),
      );
      expect(await repairsOf(created)).toEqual([
        expect.stringContaining("repair.operation-closed: the create was left open and was closed"),
      ]);
    },
  );

  it("is closed when it was suspended, once its time is over", async () => {
    const created = await requested("suspended-create");
    world.behaviours.set(created.instanceName, { neverReady: true });
    await world.run(() => called(created, "wait-for-ready"), MINUTE_MS);
    await world.hosts.hub.suspend(created.operationId, "by hand");

    expect(await settled(created)).toBe(true);
    expect(await violations(world, created)).toEqual([]);
    expect(await repairsOf(created)).toHaveLength(1);
  });

  it("is closed although its monitor was suspended, too", async () => {
    const created = await requested("suspended-monitor");
    world.behaviours.set(created.instanceName, { neverReady: true });
    await world.run(() => called(created, "wait-for-ready"), MINUTE_MS);
    await world.durable.terminate(created.operationId, "by hand");
    await world.run(() => alive(monitorId(created.operationId)), 5 * MINUTE_MS);
    await world.hosts.hub.suspend(monitorId(created.operationId), "by hand");

    expect(await settled(created)).toBe(true);
    expect(await violations(world, created)).toEqual([]);
    expect((await repairsOf(created)).map((text) => text.split(":")[0])).toEqual([
      "repair.monitor-restarted",
      "repair.operation-closed",
    ]);
  });
});

describe("a health check", () => {
  const loopOf = ({ instanceId }: InstanceRef) => healthCheckId(instanceId);

  /** Waits until it was checked again. */
  async function checkedAgain({ instanceId }: InstanceRef): Promise<void> {
    const checkedAt = async () => {
      const text = "select health_checked_at as at from instances where id = $1";
      return ((await sql(text, [instanceId]))[0]?.["at"] as Date | null)?.getTime() ?? 0;
    };
    const before = await checkedAt();
    const silentFor = 5 * MINUTE_MS;
    const isAgain = async () => (await checkedAt()) > before + silentFor;
    expect(await world.run(isAgain, HOUR_MS)).toBe(true);
  }

  it("that was terminated is started anew", async () => {
    const created = await running("loop-terminated");
    await world.durable.terminate(loopOf(created), "by hand");
    await world.run(async () => !(await alive(loopOf(created))), MINUTE_MS);
    await checkedAgain(created);

    expect(await violations(world, created)).toEqual([]);
    expect(await repairsOf(created)).toEqual([
      "repair.health-check-restarted: the health check had ended: it is started anew",
    ]);
  });

  it("that was suspended is ended and started anew", async () => {
    const created = await running("loop-suspended");
    await world.hosts.hub.suspend(loopOf(created), "by hand");
    await checkedAgain(created);

    expect(await violations(world, created)).toEqual([]);
    expect(await repairsOf(created)).toEqual([
      "repair.health-check-restarted: the health check was suspended: it is started anew",
    ]);
  });

  it("that stands still, though it counts as alive, is ended and started anew", async () => {
    const created = await running("loop-still");
    let turns = 0;
    world.hosts.around = async ({ activity, orchestrationId }, act) => {
      const answer = await act();
      if (orchestrationId !== loopOf(created) || !activity.endsWith("check-health")) return answer;
      turns += 1;
      const { ok } = answer as { ok: object };
      return { ok: { ...ok, nextCheckMs: 24 * HOUR_MS } };
    };
    await world.run(() => turns > 0, MINUTE_MS);
    world.hosts.around = (_call, act) => act();
    await checkedAgain(created);

    expect(await violations(world, created)).toEqual([]);
    expect(await repairsOf(created)).toEqual([
      expect.stringMatching(
        /^repair.health-check-restarted: the health check has not moved since .+: it is started anew$/,
      ),
    ]);
  });

  it("is left alone while the whole backend is away", async () => {
    const created = await running("backend-away");
    world.durableGone = true;
    await world.run(() => false, 10 * MINUTE_MS);
    world.durableGone = false;
    await world.run(() => false, 10 * MINUTE_MS);
    expect(await repairsOf(created)).toEqual([]);
  });
});

describe("an instance that no operation is at", () => {
  it("is deleted when it is deleting, and nothing of it is left", async () => {
    const created = await running("deleting-by-sql");
    await sql("update instances set state = 'deleting' where id = $1", [created.instanceId]);

    await world.run(async () => (await stateOf(created)) === "deleted", HOUR_MS);
    expect(await settled(created)).toBe(true);
    expect(await violations(world, created)).toEqual([]);
    expect(await repairsOf(created)).toEqual([
      "repair.delete-begun: the instance was deleting and no operation was at it: a delete was begun",
    ]);
  });

  it("is closed as failed when it is creating, and its objects are removed", async () => {
    const created = await running("creating-by-sql");
    await sql("update instances set state = 'creating' where id = $1", [created.instanceId]);

    await world.run(async () => (await stateOf(created)) === "failed", HOUR_MS);
    expect(await settled(created)).toBe(true);
    expect(await look(world, created)).toMatchObject({ objects: {}, alive: [] });
    expect((await repairsOf(created)).map((text) => text.split(":")[0])).toEqual([
      "repair.create-closed",
      "repair.operation-closed",
    ]);
    const removal = await deleteInstance(world, created.instanceId);
    await settled(created);
    expect((await operationOf(world, removal)).status).toBe("succeeded");
  });

  it("is deleted also when its delete was closed by hand in the middle", async () => {
    const created = await running("delete-closed-by-sql");
    const removal = await deleteInstance(world, created.instanceId);
    await closeBySql(removal);

    await world.run(async () => (await stateOf(created)) === "deleted", HOUR_MS);
    expect(await settled(created)).toBe(true);
    expect(await look(world, created)).toMatchObject({ objects: {}, alive: [] });
  });
});

const called = ({ operationId }: Created, activity: string): boolean =>
  world.hosts.calls.some(
    (call) => call.orchestrationId === operationId && call.activity.endsWith(`::${activity}`),
  );
