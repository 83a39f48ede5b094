import { randomUUID } from "node:crypto";
import { instanceStates, type InstanceState } from "../../../src/domain/instance.ts";
import type { OperationEnd } from "../../../src/domain/metadata.ts";
import type { OperationKind } from "../../../src/domain/operation.ts";
import { mayBecome } from "../../../src/domain/transitions.ts";
import { withPostgres } from "../../support/postgres.ts";
import { codeOf, ending, newStore, startedCreate, type Started, type Store } from "./fixtures.ts";

const server = withPostgres();
let store: Store;

beforeAll(async () => {
  store = await newStore(server);
});
afterAll(() => store.close());

/** An instance in any state with a running operation of any kind, also where no request leads. */
async function put(state: InstanceState, kind: OperationKind): Promise<Started> {
  const started = await startedCreate(store);
  await store.sql("update operations set kind = $2 where id = $1", [started.operationId, kind]);
  await store.sql(
    `update instances set state = $2::instance_state,
       failure = case when $2 = 'failed' then '{"code":"x","message":"y"}'::jsonb end,
       deleted_at = case when $2 = 'deleted' then now() end
     where id = $1`,
    [started.instanceId, state],
  );
  return started;
}

const written = (instanceId: string) =>
  store.sql(
    `select i.*, o.*, (select count(*) from instance_events where instance_id = $1) as events
     from instances i join operations o on o.instance_id = i.id where i.id = $1`,
    [instanceId],
  );

const OWN = { create: "creating", delete: "deleting" } as const;

function expected(state: InstanceState, kind: OperationKind, to: OperationEnd["to"]): string {
  const own = state === OWN[kind];
  if (to === "overtaken") return own ? "illegal-transition" : "done";
  if (!mayBecome(OWN[kind], to)) return "illegal-transition";
  return own ? "done" : "overtaken";
}

const kinds = ["create", "delete"] as const;
const ends = ["running", "failed", "deleted", "overtaken"] as const;
const cases = instanceStates.flatMap((state) =>
  kinds.flatMap((kind) =>
    ends.map((to) => ({ state, kind, to, answer: expected(state, kind, to) })),
  ),
);

describe("the end of an operation", () => {
  it.each(cases)(
    "of a $kind at $to, while the instance is $state, is $answer",
    async ({ state, kind, to, answer }) => {
      const started = await put(state, kind);
      const before = await written(started.instanceId);
      expect(await codeOf(store.ledger.end(ending(to, started)))).toBe(answer);
      if (answer !== "done") {
        expect(await written(started.instanceId)).toEqual(before);
      } else {
        const instance = await store.catalog.findInstance(started.instanceId);
        expect(instance?.state).toBe(to === "overtaken" ? state : to);
      }
    },
  );
});

describe("a delete that begins", () => {
  const answers = {
    creating: "begun",
    running: "begun",
    failed: "begun",
    deleting: "begun",
    deleted: "instance-not-found",
  } as const;

  it.each(instanceStates.map((state) => ({ state, answer: answers[state] })))(
    "directly, while the instance is $state, is $answer",
    async ({ state, answer }) => {
      const { instanceId, instanceName } = await put(state, "create");
      const begun = store.ledger.begin({
        operationId: randomUUID(),
        kind: "delete",
        token: randomUUID(),
        instanceId,
        instanceName,
        namespace: "toygres",
      });
      const outcome = await codeOf(begun.then((it) => it.outcome));
      expect(outcome).toBe(answer);
      const instance = await store.catalog.findInstance(instanceId);
      expect(instance?.state).toBe(answer === "begun" ? "deleting" : state);
    },
  );
});
