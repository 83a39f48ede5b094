import { monitorId } from "../../src/domain/names.ts";
import { jsonLog } from "../../src/durable/log.ts";
import { lookForOrphans } from "../../src/functions/look-for-orphans.ts";
import { createCluster } from "../../src/kubernetes/cluster.ts";
import { MonitorOperation } from "../../src/orchestrators/names.ts";
import { byHand } from "../support/by-hand.ts";
import { withPostgres } from "../support/postgres.ts";
import { deleteInstance } from "../support/world/api.ts";
import { livesIn, MINUTE_MS } from "../support/world/lives.ts";
import { look, violations } from "../support/world/truth.ts";
import { openWorld, type World } from "../support/world/world.ts";

const server = withPostgres();

let world: World;
beforeAll(async () => {
  world = await openWorld({ databaseUrl: (await server.newDatabase()).url });
});
afterAll(() => world.close());
const { requested, settled, running, repairsOf, sql, alive } = livesIn(() => world);

describe("the history of an operation that ended a month ago", () => {
  it("is forgotten also when something of it is still alive, which is ended first", async () => {
    const { operationId } = await running("old-history");
    await world.durable.start(MonitorOperation, { operationId }, { id: monitorId(operationId) });
    await world.hosts.hub.suspend(monitorId(operationId), "by hand");
    await world.run(() => false, MINUTE_MS);
    expect(await alive(monitorId(operationId))).toBe(true);

    await sql("update operations set ended_at = now() - interval '31 days' where id = $1", [
      operationId,
    ]);
    await world.sweep();
    for (const id of [operationId, monitorId(operationId)]) {
      expect(await world.durable.status(id)).toBeUndefined();
    }
    const text = "select purged_at is not null as purged from operations where id = $1";
    expect(await sql(text, [operationId])).toEqual([{ purged: true }]);
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

  it("that a frozen step made after the clean-up of a failed create are told of, and go with DELETE", async () => {
    const failed = await requested("thawed");
    world.behaviours.set(failed.instanceName, { neverReady: true });
    await settled(failed);
    expect(await look(world, failed)).toMatchObject({ instance: { state: "failed" }, objects: {} });
    await byHand(world.cluster.kubeconfigPath, "toygres").create({
      ...{ apiVersion: "v1", kind: "ConfigMap" },
      metadata: {
        ...{ name: "late", namespace: "toygres" },
        labels: { "toygres.io/instance-id": failed.instanceId },
      },
    });
    await world.run(() => false, 2 * MINUTE_MS);
    await lookOnce();
    expect(log).toMatchObject([
      { event: "orphans.late", instanceId: failed.instanceId, objects: "ConfigMap late" },
    ]);

    await deleteInstance(world, failed.instanceId);
    await settled(failed);
    await lookOnce();
    expect(log).toEqual([]);
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
