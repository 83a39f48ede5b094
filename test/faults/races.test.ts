import { healthCheckId } from "../../src/domain/names.ts";
import { noFaults } from "../../local/functions-host/engine/faults.ts";
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
type Ref = ReturnType<typeof refOf>;

const settled = (of: World, ref: Ref) => of.run(() => hasSettled(of, ref), HOUR_MS);

/** The state that it has come to, and all that is wrong with it. */
async function truthOf(of: World, ref: Ref) {
  expect(await settled(of, ref)).toBe(true);
  const { instance } = await look(of, ref);
  return { state: instance?.state, wrong: await violations(of, ref) };
}

async function gone(of: World, ref: Ref): Promise<void> {
  const { instance } = await look(of, ref);
  if (instance?.state !== "deleted") await deleteInstance(of, ref.instanceId);
  expect(await truthOf(of, ref)).toEqual({ state: "deleted", wrong: [] });
}

/** The steps of a create that goes well, in their order, with the first turn of its health check. */
const CREATE = [
  "begin-operation",
  "deploy-postgres",
  "wait-for-ready",
  "get-connection-strings",
  "ensure-certificate",
  "test-connection",
  "start-health-check",
  "check-health",
  "update-metadata",
];
const MOMENTS = CREATE.flatMap((step) => [
  { step, when: "before" as const },
  { step, when: "after" as const },
]);

/** Does something once, before or after the first call of this step by any orchestration. */
function once(step: string, when: "before" | "after", what: () => Promise<unknown>): void {
  let done = false;
  world.hosts.around = async (call, act) => {
    if (done || !call.activity.endsWith(`::${step}`)) return act();
    done = true;
    if (when === "before") await what();
    const result = await act();
    if (when === "after") await what();
    return result;
  };
}

describe("a DELETE", () => {
  it.each(MOMENTS)("$when $step of a create wins, and nothing is left", async ({ step, when }) => {
    const name = `del-${when}-${step}`;
    let removal = "";
    once(step, when, async () => (removal = await deleteInstance(world, name)));
    const { instanceId, operationId } = await createInstance(world, name);
    const ref = refOf(instanceId, name);
    await world.run(() => removal !== "", HOUR_MS);
    expect(await truthOf(world, ref)).toEqual({ state: "deleted", wrong: [] });
    expect((await operationOf(world, removal)).status).toBe("succeeded");
    // A create that was through already has succeeded; any other one says by whom it was overtaken.
    const { status, error } = await operationOf(world, operationId);
    const through = ["succeeded", undefined];
    const overtaken = ["canceled", "overtaken"];
    // The first turn of the health check runs beside the last step of the create.
    const special: Record<string, (typeof through)[]> = {
      "after update-metadata": [through],
      "before check-health": [through, overtaken],
      "after check-health": [through, overtaken],
    };
    const allowed = special[`${when} ${step}`] ?? [overtaken];
    expect(allowed).toContainEqual([status, error?.code]);
  });

  it("that comes twice at once is one operation", async () => {
    const { instanceId } = await createInstance(world, "twice");
    const ref = refOf(instanceId, "twice");
    await settled(world, ref);
    const ids = await Promise.all([1, 2, 3].map(() => deleteInstance(world, "twice")));
    expect(new Set(ids).size).toBe(1);
    await gone(world, ref);
  });

  it.each(["before", "after"] as const)(
    "%s a turn of the health check ends the loop",
    async (when) => {
      const name = `turn-${when}`;
      const { instanceId } = await createInstance(world, name);
      const ref = refOf(instanceId, name);
      await settled(world, ref);
      let removal = "";
      once("check-health", when, async () => (removal = await deleteInstance(world, name)));
      await world.run(() => removal !== "", HOUR_MS);
      await gone(world, ref);
    },
  );

  it("is through although the termination of the loop is lost against its continueAsNew", async () => {
    const { instanceId } = await createInstance(world, "lost");
    const ref = refOf(instanceId, "lost");
    await settled(world, ref);
    let lost = 0;
    world.hosts.faults = {
      ...noFaults,
      episode: (name, terminates) => {
        if (!terminates || !name.endsWith("health-check")) return null;
        lost += 1;
        return "terminate-loses";
      },
    };
    try {
      await gone(world, ref);
    } finally {
      world.hosts.faults = noFaults;
    }
    expect(lost).toBeGreaterThan(0);
    expect(await world.alive()).not.toContain(healthCheckId(instanceId));
  });
});

describe("a cancel", () => {
  it.each(MOMENTS)(
    "$when $step of a create is kept, or refused in time",
    async ({ step, when }) => {
      const name = `can-${when}-${step}`;
      let answer = 0;
      const created: { operationId?: string } = {};
      once(step, when, async () => {
        // The id of a create that has only just been asked for is read as its user would read it.
        const { operationId = await openOperation(name) } = created;
        answer = (await world.request("POST", `/operations/${operationId}/cancel`)).status;
      });
      const { instanceId, operationId } = await createInstance(world, name);
      created.operationId = operationId;
      const ref = refOf(instanceId, name);
      await world.run(() => answer !== 0, HOUR_MS);
      const { state, wrong } = await truthOf(world, ref);
      const { status, error } = await operationOf(world, operationId);
      expect([answer, state, status, error?.code, wrong]).toEqual(
        answer === 202
          ? [202, "failed", "canceled", "canceled", []]
          : [409, "running", "succeeded", undefined, []],
      );
      await gone(world, ref);
    },
  );
});

async function openOperation(name: string): Promise<string> {
  const [row] = await world.database.rows("select id from operations where instance_name = $1", [
    name,
  ]);
  return String(row?.["id"]);
}

describe("a request whose orchestration could not be started", () => {
  it("is answered all the same, and started by the sweep, once", async () => {
    world.durableGone = true;
    const { instanceId } = await createInstance(world, "outbox");
    world.durableGone = false;
    const ref = refOf(instanceId, "outbox");
    expect(await truthOf(world, ref)).toEqual({ state: "running", wrong: [] });
    const begun = world.hosts.calls.filter((call) => call.activity.endsWith("begin-operation"));
    expect(new Set(begun.map(({ orchestrationId }) => orchestrationId)).size).toBe(begun.length);
    await gone(world, ref);
  });

  it("is begun once although the sweeps of two control planes start it at the same moment", async () => {
    world.durableGone = true;
    const { instanceId, operationId } = await createInstance(world, "two-sweeps");
    world.durableGone = false;
    const ref = refOf(instanceId, "two-sweeps");
    world.clock.set(world.clock.now() + 20_000);
    await Promise.all([world.sweep(), world.sweep()]);
    expect(await truthOf(world, ref)).toEqual({ state: "running", wrong: [] });
    expect((await operationOf(world, operationId)).status).toBe("succeeded");
    await gone(world, ref);
  });
});

describe("two control planes on one metadata database and task hub", () => {
  it("share the work of ten creates and deletes, each done once", async () => {
    const both = await openWorld({ databaseUrl: (await server.newDatabase()).url, hosts: 2 });
    try {
      const refs = await Promise.all(
        Array.from({ length: 10 }, async (_, n) => {
          const name = `shared-${n}`;
          return refOf((await createInstance(both, name)).instanceId, name);
        }),
      );
      for (const ref of refs) {
        expect(await truthOf(both, ref)).toEqual({ state: "running", wrong: [] });
      }
      await Promise.all([both.sweep(), both.sweep()]);
      await Promise.all(refs.map(({ instanceName }) => deleteInstance(both, instanceName)));
      for (const ref of refs) await gone(both, ref);
      expect(await both.alive()).toEqual([]);
    } finally {
      await both.close();
    }
  });
});
