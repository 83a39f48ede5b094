import { GAUGES } from "../../../src/metadata/gauges.ts";
import { withPostgres } from "../../support/postgres.ts";
import {
  createRequest,
  ending,
  newStore,
  startedCreate,
  startedDelete,
  type Store,
} from "./fixtures.ts";

const server = withPostgres();
let store: Store;
beforeAll(async () => {
  store = await newStore(server);
});
afterAll(() => store.close());

const SILENT_MS = 390_000;
const gauges = () => store.watch.gauges(SILENT_MS);

/** An instance that runs and was checked just now. */
async function running(): Promise<string> {
  const create = await startedCreate(store);
  await store.ledger.end(ending("running", create));
  await check(create.instanceId, "healthy");
  return create.instanceId;
}

async function check(instanceId: string, status: "healthy" | "unhealthy"): Promise<void> {
  const checkedAt = new Date().toISOString();
  await store.ledger.recordHealth({ instanceId, status, checkedAt, failures: 0 });
}

describe("the gauges", () => {
  it("of an empty database are all 0, and name nobody", async () => {
    const { longestUnhealthyId, latestOperationId, ...numbers } = await gauges();
    expect([longestUnhealthyId, latestOperationId]).toEqual([undefined, undefined]);
    expect(new Set(Object.values(numbers))).toEqual(new Set([0]));
  });

  it("count instances by state and operations by status, and no deleted or ended ones", async () => {
    await running();
    await startedCreate(store);
    await store.catalog.requestCreate(createRequest());
    const failed = await startedCreate(store);
    await store.ledger.end(ending("failed", failed));
    await startedDelete(store, await running());
    const gone = await startedDelete(store, await running());
    await store.ledger.end(ending("deleted", gone));
    expect(await gauges()).toMatchObject({
      instancesRunning: 1,
      instancesCreating: 2,
      instancesDeleting: 1,
      instancesFailed: 1,
      healthChecksWanted: 1,
      operationsNotStarted: 1,
      operationsRunning: 2,
      operationsLate: 0,
    });
  });

  it("say which instance has been unhealthy for longest, since its last change", async () => {
    const [first, second] = [await running(), await running()];
    await check(second, "unhealthy");
    await check(first, "unhealthy");
    await store.sql(
      `update instance_events set at = at - interval '7 minutes'
       where instance_id = $1 and type = 'health.changed'`,
      [first],
    );
    const { unhealthy, longestUnhealthyId, longestUnhealthySeconds } = await gauges();
    expect([unhealthy, longestUnhealthyId]).toEqual([2, first]);
    expect(Math.abs(longestUnhealthySeconds - 420)).toBeLessThan(60);
    await check(first, "healthy");
    expect(await gauges()).toMatchObject({ unhealthy: 1, longestUnhealthyId: second });
    await check(second, "healthy");
  });

  it("miss the health checks of running instances that were silent for longer than they may be", async () => {
    const id = await running();
    expect((await gauges()).healthChecksMissing).toBe(0);
    const ago = async (ms: number) =>
      store.sql(
        `update instances set health_checked_at = clock_timestamp() - $2 * interval '1 millisecond'
         where id = $1`,
        [id, ms],
      );
    await ago(SILENT_MS - 60_000);
    expect((await gauges()).healthChecksMissing).toBe(0);
    await ago(SILENT_MS + 60_000);
    expect((await gauges()).healthChecksMissing).toBe(1);
    await startedDelete(store, id);
    expect((await gauges()).healthChecksMissing).toBe(0);
  });

  it("say which open operation is past its deadline for longest", async () => {
    const { operationId } = await startedCreate(store);
    await store.sql(
      "update operations set deadline_at = clock_timestamp() - interval '10 minutes' where id = $1",
      [operationId],
    );
    const { operationsLate, latestOperationId, latestOperationSeconds } = await gauges();
    expect([operationsLate, latestOperationId]).toEqual([1, operationId]);
    expect(Math.abs(latestOperationSeconds - 600)).toBeLessThan(60);
  });

  it("read an index, and not the rows of deleted instances", async () => {
    await store.sql(
      `insert into instances (id, name, namespace, k8s_name, state, postgres_version, storage_size_gb,
         use_load_balancer, allowed_cidrs, deleted_at)
       select gen_random_uuid(), 'old', 'toygres', 'pg-old', 'deleted', '18', 1, false, '{}', now()
       from generate_series(1, 20000)`,
    );
    await store.sql("analyze instances");
    const plan = JSON.stringify(await store.sql(`explain ${GAUGES.replace("$1", "390000")}`));
    expect(plan).toMatch(/instances_live_\w+ on instances i/);
    expect(plan).not.toContain("Seq Scan on instances ");
  });
});
