import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { z } from "zod";
import { Operation } from "../../src/domain/operation.ts";
import {
  poll,
  startEnvironment,
  type ServiceName,
  type TestEnvironment,
} from "../support/environment.ts";
import { ended } from "../support/instances.ts";
import { instanceObjects, onThisMachine } from "../support/leftovers.ts";
import { memoryOf } from "../support/memory.ts";

const MINUTES = Number(process.env["SOAK_MINUTES"] ?? 10);
const SEED = Number(process.env["SOAK_SEED"] ?? Date.now() % 2 ** 31);
const NAMES = 20;
/** Names that are churned at the same time, each by one user of its own. */
const USERS = 5;
/** Processes are killed in the first part only: the memory of what lives from then on must not grow. */
const KILLS_UNTIL = 0.5;
const SERVICES: readonly ServiceName[] = ["functions-host", "cluster", "metadata"];

let env: TestEnvironment;
beforeAll(async () => {
  env = await startEnvironment();
}, 120_000);
afterAll(() => env.stop(), 120_000);

/** A small generator of its own, so that a seed gives the same churn. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const Accepted = z.object({ operation: Operation });

/** Sends a request until it is answered, through restarts of what serves it. */
async function insist(method: "POST" | "DELETE", path: string, body?: object) {
  const headers = { "idempotency-key": randomUUID() };
  return poll(`${method} ${path} to be answered`, async () => {
    const answer = await env.call(method, path, body, headers).catch(() => undefined);
    return answer !== undefined && answer.status < 500 ? answer : false;
  });
}

interface Tally {
  created: number;
  deleted: number;
  readonly failed: string[];
}

/** Creates and deletes its own names, one after the other, until the time is over; then removes what it has. */
async function churn(user: number, until: number, random: () => number, tally: Tally) {
  const own = Array.from({ length: NAMES / USERS }, (_, n) => `soak-${user}-${n}`);
  const there = new Set<string>();
  const end = async (id: string, what: string): Promise<boolean> => {
    const { status, error } = await ended(env, id, 300_000);
    if (status !== "succeeded") tally.failed.push(`${what}: ${error?.code ?? status}`);
    return status === "succeeded";
  };
  const remove = async (name: string): Promise<void> => {
    const answer = await insist("DELETE", `/instances/${name}`);
    if (await end(Operation.parse(answer.body).id, `delete ${name}`)) tally.deleted += 1;
    there.delete(name);
  };
  while (performance.now() < until) {
    const name = own[Math.floor(random() * own.length)] ?? "";
    if (there.has(name)) {
      await remove(name);
      continue;
    }
    const answer = await insist("POST", "/instances", { name, storageSizeGb: 1 });
    there.add(name);
    // Now and then it is removed while it is still being made.
    if (random() < 0.2) continue;
    const { id } = Accepted.parse(answer.body).operation;
    if (await end(id, `create ${name}`)) tally.created += 1;
  }
  for (const name of there) await remove(name);
}

async function killNowAndThen(until: number, random: () => number): Promise<number> {
  let kills = 0;
  for (;;) {
    await sleep(10_000 + random() * 20_000);
    if (performance.now() > until) return kills;
    const service = SERVICES[Math.floor(random() * SERVICES.length)] ?? "cluster";
    await env.kill9(service);
    kills += 1;
  }
}

interface Sample {
  readonly atSeconds: number;
  readonly megabytes: Readonly<Record<string, number>>;
}

async function sampleMemory(began: number, until: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  while (performance.now() < until) {
    const atSeconds = Math.round((performance.now() - began) / 1_000);
    samples.push({ atSeconds, megabytes: await memoryOf(env.data) });
    await sleep(10_000);
  }
  return samples;
}

/** Numbers of rows by table, of the control plane and of the durable engine. */
async function rows(): Promise<Record<string, number>> {
  const client = new Client({ connectionString: await env.databaseUrl() });
  await client.connect();
  try {
    const { rows: found } = await client.query<{ name: string; count: string }>(
      `select 'live instances' as name, count(*) from instances where state <> 'deleted'
       union all select 'open operations', count(*) from operations
         where status in ('notStarted', 'running')
       union all select 'operations', count(*) from operations
       union all select 'events', count(*) from instance_events
       union all select 'orchestrations under way', count(*) from durable.instances
         where status in ('Pending', 'Running', 'ContinuedAsNew', 'Suspended')
       union all select 'queued activities', count(*) from durable.activities
       union all select 'messages', count(*) from durable.inbox
       union all select 'history events', count(*) from durable.history`,
    );
    return Object.fromEntries(found.map(({ name, count }) => [name, Number(count)]));
  } finally {
    await client.end();
  }
}

const highest = (samples: readonly Sample[], kind: string): number =>
  Math.max(...samples.map(({ megabytes }) => megabytes[kind] ?? 0));

describe(`${MINUTES} minutes of churn on ${NAMES} names, with random kills`, () => {
  it(
    "end with nothing left, flat memory and bounded tables",
    async () => {
      process.stdout.write(`soak: ${MINUTES} minutes, SOAK_SEED=${SEED}\n`);
      const random = randomOf(SEED);
      const began = performance.now();
      const lasts = MINUTES * 60_000;
      const tally: Tally = { created: 0, deleted: 0, failed: [] };
      const [samples, kills] = await Promise.all([
        sampleMemory(began, began + lasts),
        killNowAndThen(began + lasts * KILLS_UNTIL, random),
        ...Array.from({ length: USERS }, (_, user) =>
          churn(user, began + lasts, randomOf(SEED + user + 1), tally),
        ),
      ]);
      await poll(
        "the last orchestrations to end",
        async () => (await rows())["orchestrations under way"] === 0,
      );

      const tables = await rows();
      const steady = samples.filter(({ atSeconds }) => atSeconds * 1_000 > lasts * KILLS_UNTIL);
      const [early, late] = [
        steady.slice(0, Math.ceil(steady.length / 2)),
        steady.slice(Math.ceil(steady.length / 2)),
      ];
      const memory = ["functions-host", "cluster", "postgres"].map((kind) => ({
        kind,
        early: highest(early, kind),
        late: highest(late, kind),
      }));
      process.stdout.write(
        `soak: ${tally.created} created, ${tally.deleted} deleted, ${kills} kills\n` +
          `soak: rows ${JSON.stringify(tables)}\n` +
          `soak: highest memory in MB (PSS) in the two quarters without kills ${JSON.stringify(memory)}\n`,
      );

      expect(tally.failed).toEqual([]);
      expect(await instanceObjects(env.kubeconfig)).toEqual([]);
      expect(await onThisMachine(env.data)).toEqual({
        servers: [expect.any(Number)],
        volumes: [],
        pods: [],
      });
      expect(tables).toMatchObject({
        "live instances": 0,
        "open operations": 0,
        "orchestrations under way": 0,
        "queued activities": 0,
        messages: 0,
      });
      const { operations = 0, events = 0, "history events": history = 0 } = tables;
      // What is kept of an operation that has ended, until it is purged, has a size of its own.
      expect(events / operations).toBeLessThan(10);
      expect(history / operations).toBeLessThan(250);
      for (const { kind, early: before, late: after } of memory) {
        expect([kind, after <= before * 1.25 + 20]).toEqual([kind, true]);
      }
    },
    (MINUTES + 20) * 60_000,
  );
});
