import { withPostgres } from "../support/postgres.ts";
import { createInstance, deleteInstance, operationOf } from "../support/world/api.ts";
import { hasSettled, look, violations } from "../support/world/truth.ts";
import { openWorld, type World } from "../support/world/world.ts";

const server = withPostgres();
const HOUR_MS = 3_600_000;

let world: World;
beforeAll(async () => {
  world = await openWorld({ databaseUrl: (await server.newDatabase()).url });
});
afterAll(() => world.close());

const refOf = (instanceId: string, instanceName: string) => ({
  ...{ instanceId, instanceName, namespace: "toygres" },
});

const settled = (ref: ReturnType<typeof refOf>) => world.run(() => hasSettled(world, ref), HOUR_MS);

async function running(name: string) {
  const { instanceId, operationId } = await createInstance(world, name);
  const ref = refOf(instanceId, name);
  await settled(ref);
  return { ref, operationId };
}

const count = async (ref: ReturnType<typeof refOf>): Promise<number> =>
  (await world.services.cluster.list(ref)).length;

describe("what may be in use", () => {
  it("is left alone by a delete whose instance a restored backup says to be running", async () => {
    const { ref } = await running("restored");
    // As the restore of a backup from before the DELETE would have it, in the middle of its work.
    world.hosts.around = async (call, act) => {
      if (call.activity.endsWith("::delete-postgres")) {
        await world.database.rows(
          "update instances set state = 'running' where id = $1 returning id",
          [ref.instanceId],
        );
      }
      return act();
    };
    const id = await deleteInstance(world, ref.instanceName);
    await world.run(async () => (await operationOf(world, id)).hasEnded, HOUR_MS);
    world.hosts.around = (_call, act) => act();
    expect(await count(ref)).toBe(10);
    expect((await operationOf(world, id)).status).not.toBe("succeeded");
    await deleteInstance(world, ref.instanceName);
    await settled(ref);
    expect(await count(ref)).toBe(0);
  });

  it("is left alone, and named, when a create is found hours after its deadline", async () => {
    const { ref, operationId } = await running("found-late");
    // As a backup of the metadata from while it was being made would have it, hours later.
    await world.database.rows(
      "update instances set state = 'creating' where id = $1 returning id",
      [ref.instanceId],
    );
    await world.database.rows(
      `update operations set status = 'running', ended_at = null, result = null,
         deadline_at = deadline_at - interval '3 hours' where id = $1 returning id`,
      [operationId],
    );
    await settled(ref);
    const { instance } = await look(world, ref);
    expect(instance).toMatchObject({
      state: "failed",
      failure: {
        code: "orchestration-lost",
        remaining: [expect.stringContaining("pg-found-late")],
      },
    });
    expect(await count(ref)).toBe(10);
    expect(await violations(world, ref)).toEqual([
      // Nobody has looked, so there is no receipt, and the instance says so.
      "the create has no receipt",
    ]);
    await deleteInstance(world, ref.instanceName);
    await settled(ref);
    expect(await count(ref)).toBe(0);
  });

  it("is not made by a create that its monitor has given up", async () => {
    const { instanceId, operationId } = await createInstance(world, "given-up");
    const ref = refOf(instanceId, "given-up");
    await world.services.ledger.giveUpCreate(operationId);
    await settled(ref);
    expect((await operationOf(world, operationId)).error?.code).toBe("canceled");
    expect(await count(ref)).toBe(0);
    expect(await violations(world, ref)).toEqual([]);
  });
});
