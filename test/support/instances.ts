import { Client } from "pg";
import { z } from "zod";
import { Instance } from "../../src/domain/instance.ts";
import { Operation } from "../../src/domain/operation.ts";
import { poll, type TestEnvironment } from "./environment.ts";

export const Created = z.object({
  instance: Instance,
  operation: Operation,
  password: z.string().optional(),
});

export type Created = z.infer<typeof Created>;

/** POST /instances, which has to be accepted. */
export async function create(
  env: TestEnvironment,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Created> {
  const answer = await env.call("POST", "/instances", body, headers);
  if (answer.status !== 202)
    throw new Error(`POST /instances: ${answer.status} ${JSON.stringify(answer.body)}`);
  return Created.parse(answer.body);
}

export async function remove(env: TestEnvironment, id: string): Promise<Operation> {
  const answer = await env.call("DELETE", `/instances/${id}`);
  if (answer.status !== 202)
    throw new Error(`DELETE: ${answer.status} ${JSON.stringify(answer.body)}`);
  return Operation.parse(answer.body);
}

/** Follows an operation to its end, through restarts of what serves it. */
export async function ended(
  env: TestEnvironment,
  id: string,
  withinMs = 120_000,
): Promise<Operation> {
  return poll(
    `operation ${id} to end`,
    async () => {
      const answer = await env.call("GET", `/operations/${id}`).catch(() => undefined);
      if (answer?.status !== 200) return false;
      const found = Operation.parse(answer.body);
      return ["succeeded", "failed", "canceled"].includes(found.status) ? found : false;
    },
    { withinMs, everyMs: 100 },
  );
}

export async function instance(env: TestEnvironment, id: string): Promise<Instance> {
  const answer = await env.call("GET", `/instances/${id}`);
  if (answer.status !== 200)
    throw new Error(`GET instance: ${answer.status} ${JSON.stringify(answer.body)}`);
  return Instance.parse(answer.body);
}

export interface Running {
  readonly instance: Instance;
  readonly password: string;
  readonly ca: string;
}

/** Creates an instance and waits until it runs. */
export async function running(
  env: TestEnvironment,
  body: Readonly<Record<string, unknown>>,
  withinMs?: number,
): Promise<Running> {
  const created = await create(env, body);
  const { status, error } = await ended(env, created.operation.id, withinMs);
  if (status !== "succeeded")
    throw new Error(`create ended as ${status}: ${JSON.stringify(error)}`);
  const ca = await env.call("GET", `/instances/${created.instance.id}/ca.pem`);
  return {
    instance: await instance(env, created.instance.id),
    password: created.password ?? String(body["password"]),
    ca: String(ca.body),
  };
}

export interface Login {
  readonly user?: string;
  readonly password?: string;
  readonly ca?: string;
  readonly tls?: boolean;
}

/** Runs a query as an application would, checking chain and address of the server's certificate. */
export async function query<T extends Record<string, unknown>>(
  { instance: { externalIp }, password, ca }: Running,
  sql: string,
  login: Login = {},
): Promise<T[]> {
  const client = new Client({
    host: externalIp,
    port: 5432,
    user: login.user ?? "app",
    database: "app",
    password: login.password ?? password,
    ssl: login.tls === false ? false : { ca: login.ca ?? ca },
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}
