import pg from "pg";
import { type HistoryEvent, type TaskOutcome, activitySettled } from "./history.ts";
import { PostgresListener } from "./postgres-listener.ts";
import { leaseEpisodes, writeEpisode } from "./postgres-episodes.ts";
import { FINISHED, type InstanceRow, deliver, insertInstance, record } from "./postgres-rows.ts";
import { SCHEMA, SCHEMA_LOCK } from "./postgres-schema.ts";
import type {
  Delivery,
  EpisodeCommit,
  InstanceRecord,
  Lease,
  LeaseRequest,
  LeasedActivity,
  LeasedEpisode,
  NewInstance,
  OutgoingMessage,
  PageQuery,
  Store,
} from "./store.ts";
import type { InstanceFilter, RuntimeStatus } from "./task-hub.ts";

const CHANNEL = "durable_work";

/** Durable state in the schema `durable` of a PostgreSQL database, shared by any number of hosts. */
export class PostgresStore implements Store {
  readonly #pool: pg.Pool;
  readonly #listener: PostgresListener;
  readonly #wakes = new Set<() => void>();

  constructor(connectionString: string) {
    const config: pg.PoolConfig = {
      connectionString,
      application_name: "functions-host",
      connectionTimeoutMillis: 5_000,
      options: "-c synchronous_commit=on -c statement_timeout=30000",
      keepAlive: true,
    };
    this.#pool = new pg.Pool({ ...config, max: 12 });
    // An idle connection that breaks is replaced; the next query says so if the database is away.
    this.#pool.on("error", () => undefined);
    this.#listener = new PostgresListener(config, CHANNEL, () => this.#wake());
  }

  async open(): Promise<void> {
    await this.#transaction(async (client) => {
      await client.query("select pg_advisory_xact_lock($1)", [SCHEMA_LOCK]);
      await client.query(SCHEMA);
    });
    await this.#listener.connect();
  }

  async close(): Promise<void> {
    await this.#listener.close();
    await this.#pool.end();
  }

  onWork(wake: () => void): void {
    this.#wakes.add(wake);
  }

  async create(instance: NewInstance, now: number): Promise<RuntimeStatus | null> {
    return this.#transaction(async (client) => {
      await notify(client);
      return insertInstance(client, instance, now);
    });
  }

  async find(instanceId: string): Promise<InstanceRecord | null> {
    const { rows } = await this.#pool.query<InstanceRow>(
      "select * from durable.instances where instance_id = $1",
      [instanceId],
    );
    return rows[0] ? record(rows[0]) : null;
  }

  async history(instanceId: string): Promise<readonly HistoryEvent[]> {
    const { rows } = await this.#pool.query<{ event: HistoryEvent }>(
      "select event from durable.history where instance_id = $1 order by seq",
      [instanceId],
    );
    return rows.map(({ event }) => event);
  }

  async list({ top, after, ...filter }: PageQuery): Promise<readonly InstanceRecord[]> {
    const { rows } = await this.#pool.query<InstanceRow>(
      `select * from durable.instances where ${MATCHES} and instance_id > $5
       order by instance_id limit $6`,
      [...matching(filter), after ?? "", top],
    );
    return rows.map(record);
  }

  async send(message: OutgoingMessage, allowed: readonly RuntimeStatus[]): Promise<Delivery> {
    const delivered = await deliver(this.#pool, message, allowed);
    if (delivered) await notify(this.#pool);
    return { delivered, status: (await this.find(message.instanceId))?.status ?? null };
  }

  async purge(
    filter: InstanceFilter | { readonly instanceId: string; readonly finished: true },
  ): Promise<number> {
    const { rowCount } =
      "instanceId" in filter
        ? await this.#pool.query(
            `delete from durable.instances where instance_id = $1 and status in ${FINISHED}`,
            [filter.instanceId],
          )
        : await this.#pool.query(
            `delete from durable.instances where ${MATCHES}`,
            matching(filter),
          );
    return rowCount ?? 0;
  }

  async leaseEpisodes(request: LeaseRequest): Promise<LeasedEpisode[]> {
    return leaseEpisodes(this.#pool, request);
  }

  async commitEpisode(lease: Lease, commit: EpisodeCommit): Promise<boolean> {
    return this.#transaction(async (client) => {
      const kept = await writeEpisode(client, lease, commit);
      if (kept) await notify(client);
      return kept;
    });
  }

  async releaseEpisode(lease: Lease): Promise<void> {
    await this.#release("instances", lease);
  }

  async leaseActivities({ owner, now, until, limit }: LeaseRequest): Promise<LeasedActivity[]> {
    const { rows } = await this.#pool.query<ActivityRow>(
      `with picked as (
         select id from durable.activities
         where lease_until is null or lease_until <= $2
         order by id limit $4
         for no key update skip locked)
       update durable.activities a
       set lease_token = gen_random_uuid(), lease_owner = $1, lease_until = $3,
           attempt = attempt + 1
       from picked where a.id = picked.id
       returning a.*`,
      [owner, new Date(now), new Date(until), limit],
    );
    return rows.map((row) => ({
      lease: { token: row.lease_token, owner, until },
      instanceId: row.instance_id,
      executionId: row.execution_id,
      taskId: row.task_id,
      name: row.name,
      data: row.data,
      attempt: row.attempt,
    }));
  }

  async completeActivity(lease: Lease, outcome: TaskOutcome, now: number): Promise<boolean> {
    return this.#transaction(async (client) => {
      const { rows } = await client.query<ActivityRow>(
        "delete from durable.activities where lease_token = $1 returning *",
        [lease.token],
      );
      const [row] = rows;
      if (!row) return false;
      const { instance_id: instanceId, execution_id: executionId, task_id: taskId } = row;
      const event = activitySettled(now, taskId, outcome);
      const kept = await deliver(client, { instanceId, executionId, event, visibleAt: now });
      await notify(client);
      return kept;
    });
  }

  async releaseActivity(lease: Lease): Promise<void> {
    await this.#release("activities", lease);
  }

  async renew(tokens: readonly string[], until: number): Promise<void> {
    for (const table of TABLES) {
      await this.#pool.query(
        `update durable.${table} set lease_until = $2 where lease_token = any($1::uuid[])`,
        [tokens, new Date(until)],
      );
    }
  }

  async releaseOwner(owner: string): Promise<void> {
    for (const table of TABLES) {
      await this.#pool.query(
        `update durable.${table} set lease_token = null, lease_until = null where lease_owner = $1`,
        [owner],
      );
    }
  }

  async nextDue(now: number): Promise<number | null> {
    const { rows } = await this.#pool.query<{ next: Date | null }>(
      `select least(
         (select min(visible_at) from durable.inbox m join durable.instances using (instance_id)
          where visible_at > $1 and status <> 'Suspended'),
         (select min(lease_until) from durable.instances where lease_until > $1),
         (select min(lease_until) from durable.activities where lease_until > $1)) as next`,
      [new Date(now)],
    );
    return rows[0]?.next?.getTime() ?? null;
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }

  async #release(table: (typeof TABLES)[number], lease: Lease): Promise<void> {
    await this.#pool.query(
      `update durable.${table} set lease_token = null, lease_until = null where lease_token = $1`,
      [lease.token],
    );
  }

  async #transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("begin");
      const result = await work(client);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch((lost: unknown) => (broken = lost as Error));
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

const TABLES = ["instances", "activities"] as const;

interface ActivityRow {
  readonly instance_id: string;
  readonly execution_id: string;
  readonly task_id: number;
  readonly name: string;
  readonly data: string | null;
  readonly attempt: number;
  readonly lease_token: string;
}

async function notify(client: pg.ClientBase | pg.Pool): Promise<void> {
  await client.query(`notify ${CHANNEL}`);
}

const MATCHES = `starts_with(instance_id, $1) and ($2::timestamptz is null or created_at >= $2)
  and ($3::timestamptz is null or created_at <= $3)
  and (cardinality($4::text[]) = 0 or status = any($4))`;

function matching(filter: InstanceFilter): unknown[] {
  const { instanceIdPrefix, createdTimeFrom, createdTimeTo, runtimeStatus } = filter;
  return [
    instanceIdPrefix ?? "",
    createdTimeFrom ?? null,
    createdTimeTo ?? null,
    runtimeStatus ?? [],
  ];
}
