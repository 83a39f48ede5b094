import type { Client } from "pg";
import { failed, ok, together, warning, type Check, type Outcome } from "../check.ts";
import { judgeClock } from "../clock.ts";
import { onDatabase, placeOf } from "../database.ts";

const OLDEST = 14;

interface Server {
  readonly version: string;
  readonly number: number;
  readonly tls: boolean;
  readonly now: Date;
}

export const metadata: Check = {
  name: "metadata",
  about: "the metadata database answers, over TLS, and is new enough",
  needs: ["configuration"],
  run: ({ database }, signal) =>
    onDatabase(database, signal, async (client) => {
      const before = Date.now();
      const server = await look(client);
      const ours = new Date((before + Date.now()) / 2);
      return judgeServer(placeOf(database).host, server, ours);
    }),
};

async function look(client: Client): Promise<Server> {
  const { rows } = await client.query<Server>(
    `select current_setting('server_version') as version,
            current_setting('server_version_num')::int as number,
            coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as tls,
            clock_timestamp() as now`,
  );
  const [server] = rows;
  if (server === undefined) throw new Error("a select without a table gives one row");
  return server;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

export function judgeServer(host: string, { version, number, tls, now }: Server, ours: Date) {
  return together([
    judgeVersion(version, number),
    judgeTls(host, tls),
    judgeClock("the metadata", now, ours),
  ]);
}

function judgeVersion(version: string, number: number): Outcome {
  if (Math.trunc(number / 10_000) >= OLDEST) return ok(`PostgreSQL ${version}`);
  return failed(
    `PostgreSQL ${version} is older than ${OLDEST}`,
    `Upgrade the server to ${OLDEST} or newer.`,
  );
}

function judgeTls(host: string, tls: boolean): Outcome {
  if (tls) return ok("over TLS");
  if (LOOPBACK.test(host)) return ok("without TLS, on this machine");
  return warning(
    `without TLS to ${host}: passwords and metadata cross the network in the clear`,
    "Add `sslmode=verify-full` to `DATABASE_URL`, and give the server a certificate.",
  );
}
