import { healthCheckId, monitorId, type InstanceRef } from "../../src/domain/names.ts";
import { jsonLog } from "../../src/durable/log.ts";
import { lookForOrphans } from "../../src/functions/look-for-orphans.ts";
import { createCluster } from "../../src/kubernetes/cluster.ts";
import { withPostgres } from "../support/postgres.ts";
import { createInstance, deleteInstance, operationOf } from "../support/world/api.ts";
import { hasSettled, look, violations } from "../support/world/truth.ts";
import { openWorld, type World } from "../support/world/world.ts";

const server = withPostgres();
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let world: World;
beforeAll(async () => {
  world = await openWorld({ databaseUrl: (await server.newDatabase()).url });
});
afterAll(() => world.close());

interface Created extends InstanceRef {
  readonly operationId: string;
}

async function requested(instanceName: string): Promise<Created> {
  const ids = await createInstance(world, instanceName);
  return { ...ids, instanceName, namespace: "toygres" };
}

const settled = (ref: InstanceRef, forMs = HOUR_MS) =>
  world.run(() => hasSettled(world, ref), forMs);

const stateOf = async (ref: InstanceRef) => (await look(world, ref)).instance?.state;

async function running(instanceName: string): Promise<Created> {
  const created = await requested(instanceName);
  await settled(created);
  expect(await stateOf(created)).toBe("running");
  return created;
}

/** The repairs in the timeline; the sweeps of another quarter of an hour have nothing to add to them. */
async function repairsOf({ instanceId }: InstanceRef): Promise<string[]> {
  const repairs = async () =>
    world.database.rows(
      "select type, message from instance_events where instance_id = $1 and type like 'repair.%' order by id",
      [instanceId],
    );
  const now = await repairs();
  await world.run(() => false, 15 * MINUTE_MS);
  expect(await repairs()).toEqual(now);
  return now.map(({ type, message }) => `${String(type)}: ${String(message)}`);
}

const sql = (text: string, values: readonly unknown[]) => world.database.rows(text, values);

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

describe("objects in the cluster", () => {
  const log: Record<string, unknown>[] = [];
  const write = (line: string) => log.push(JSON.parse(line) as Record<string, unknown>);

  /** One look of the watchdog through the cluster, as its timer would take it. */
  async function lookOnce(namespaces: readonly string[] = ["toygres"]): Promise<void> {
    log.length = 0;
    const inspection = createCluster({ kubeconfig: world.cluster.kubeconfigPath });
    try {
      const { watch } = world.services;
      const sink = { info: write, warn: write, error: write };
      await lookForOrphans({ watch, inspection, settings: { namespaces } }, jsonLog(sink));
    } finally {
      await inspection.close();
    }
  }

  it("whose instance is deleted are removed, once, and whose instance runs stay", async () => {
    const [gone, neighbour] = [await running("orphaned"), await running("neighbour")];
    await sql("update instances set state = 'deleted', deleted_at = now() where id = $1", [
      gone.instanceId,
    ]);
    await lookOnce(["elsewhere"]);
    expect((await look(world, gone)).objects).not.toEqual({});
    await lookOnce();
    expect((await look(world, gone)).objects).toEqual({});
    expect(log).toMatchObject([{ event: "orphans.removed", removed: 10, remaining: 0 }]);
    await lookOnce();
    expect(log).toEqual([]);

    expect(await repairsOf(gone)).toEqual([
      expect.stringMatching(
        /^repair.orphans-removed: .* Service pg-orphaned-.*; they are removed$/,
      ),
    ]);
    expect(await violations(world, neighbour)).toEqual([]);
  });

  it("whose instance nobody knows are never removed, and told of at each look", async () => {
    const stranger = await running("stranger");
    const { objects } = await look(world, stranger);
    await sql("delete from operations where instance_id = $1", [stranger.instanceId]);
    await sql("delete from instances where id = $1", [stranger.instanceId]);
    for (const time of ["first", "again"]) {
      await lookOnce();
      const told = log.map(({ event, instanceId }) => ({ time, event, instanceId }));
      const { instanceId } = stranger;
      expect(told).toEqual([{ time, event: "orphans.unknown", instanceId }]);
    }
    expect((await look(world, stranger)).objects).toEqual(objects);
  });
});

const called = ({ operationId }: Created, activity: string): boolean =>
  world.hosts.calls.some(
    (call) => call.orchestrationId === operationId && call.activity.endsWith(`::${activity}`),
  );

const alive = async (id: string): Promise<boolean> => (await world.alive()).includes(id);
