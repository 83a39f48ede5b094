import { randomUUID } from "node:crypto";
import { Pool } from "pg";
import { DomainError } from "../../../src/domain/errors.ts";
import { InstanceSpec, type InstanceState } from "../../../src/domain/instance.ts";
import type { CreateRequest, Metadata, OperationEnd } from "../../../src/domain/metadata.ts";
import type { OperationKind } from "../../../src/domain/operation.ts";
import type { MetadataLog } from "../../../src/metadata/errors.ts";
import { createMetadata } from "../../../src/metadata/metadata.ts";
import { migrate } from "../../../src/metadata/migrate.ts";
import type { ThrowawayPostgres } from "../../support/postgres.ts";

/** Looks like what is stored for a password; no password has it. */
export const VERIFIER = "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy";

export interface Lines extends MetadataLog {
  readonly lines: string[];
}

/** A log that keeps its lines. */
export function keptLog(): Lines {
  const lines: string[] = [];
  const keep = (event: string, facts?: object) => {
    lines.push(JSON.stringify({ event, ...facts }));
  };
  return { lines, info: keep, warn: keep, error: keep };
}

export interface Store extends Metadata {
  readonly url: string;
  readonly log: Lines;
  /** Looks into the tables past the store. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** An empty, migrated database with a store on it. */
export async function newStore(server: ThrowawayPostgres, poolSize = 10): Promise<Store> {
  const { url } = await server.newDatabase();
  const log = keptLog();
  await migrate({ url }, log);
  const metadata = createMetadata({ address: { url }, poolSize, log });
  const aside = new Pool({ connectionString: url, max: 1 });
  aside.on("error", () => undefined);
  return {
    ...metadata,
    url,
    log,
    async sql(text, values = []) {
      return (await aside.query<Record<string, unknown>>(text, [...values])).rows;
    },
    async close() {
      await metadata.close();
      if (!aside.ending) await aside.end();
    },
  };
}

/** A request with new ids; `spec` as a user would send it. */
export function createRequest(
  spec: Partial<InstanceSpec> = {},
  more: Partial<CreateRequest> = {},
): CreateRequest {
  const name = `n-${randomUUID().slice(0, 8)}`;
  return {
    instanceId: randomUUID(),
    operationId: randomUUID(),
    spec: InstanceSpec.parse({ name, allowedCidrs: ["10.0.0.0/8"], ...spec }),
    passwordVerifier: VERIFIER,
    maxInstances: 1000,
    ...more,
  };
}

export async function verifierOf(store: Store, instanceId: string): Promise<unknown> {
  const sql = "select password_verifier as verifier from instances where id = $1";
  return (await store.sql(sql, [instanceId]))[0]?.["verifier"];
}

export async function eventsOf(store: Store, instanceId: string): Promise<string[]> {
  const { items } = await store.catalog.listEvents(instanceId, { limit: 50 });
  return items.map(({ type }) => type);
}

/** The code of what a promise rejects with; its value when it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error instanceof DomainError ? error.code : error;
  }
}

export interface Started {
  readonly instanceId: string;
  readonly operationId: string;
  readonly instanceName: string;
  readonly token: string;
}

/** A create that was requested and begun. */
export async function startedCreate(store: Metadata): Promise<Started> {
  const { instanceId, operationId, spec } = createRequest();
  await store.catalog.requestCreate(createRequest(spec, { instanceId, operationId }));
  return beginOf(store, "create", { instanceId, operationId, instanceName: spec.name });
}

/** A delete of the instance that was requested and begun. */
export async function startedDelete(store: Metadata, instanceId: string): Promise<Started> {
  const { operation } = await store.catalog.requestDelete({
    operationId: randomUUID(),
    instance: instanceId,
  });
  const { id: operationId, instanceName } = operation;
  return beginOf(store, "delete", { instanceId, operationId, instanceName });
}

async function beginOf(
  store: Metadata,
  kind: OperationKind,
  ids: Omit<Started, "token">,
): Promise<Started> {
  const token = randomUUID();
  await store.ledger.begin({ kind, token, namespace: "toygres", ...ids });
  return { ...ids, token };
}

const STEPS = [{ name: "begin-operation", status: "succeeded", attempts: 1 }] as const;

/** The end of an operation, with everything it needs. */
export function ending(
  to: OperationEnd["to"],
  {
    instanceId,
    operationId,
    token,
  }: Pick<Started, "instanceId" | "operationId"> & { token?: string },
  code = "pod-cannot-start",
): OperationEnd {
  const common = { instanceId, operationId, token, steps: STEPS };
  switch (to) {
    case "running":
      return {
        ...common,
        to,
        facts: {
          ipConnectionString: "postgresql://app@10.0.0.7:5432/app?sslmode=verify-full",
          serverVersion: "PostgreSQL 18.4",
          certificateCoversAddress: true,
        },
        result: { deploymentTimeSeconds: 12 },
      };
    case "failed":
      return { ...common, to, failure: { code, message: "it did not go well" } };
    case "deleted":
      return { ...common, to, result: { deleted: true, removed: [] } };
    case "overtaken":
      return { ...common, to };
  }
}

/** An instance in the given state, and the last operation that it has. */
export async function instanceIn(state: InstanceState, store: Metadata): Promise<Started> {
  const create = await startedCreate(store);
  if (state === "creating") return create;
  if (state === "failed") {
    await store.ledger.end(ending("failed", create));
    return create;
  }
  await store.ledger.end(ending("running", create));
  if (state === "running") return create;
  const deletion = await startedDelete(store, create.instanceId);
  if (state === "deleted") await store.ledger.end(ending("deleted", deletion));
  return deletion;
}
