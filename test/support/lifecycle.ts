import type { Answer } from "./drive.ts";

/** Inputs and well-behaved answers for the orchestrations of an instance's life. */
export const ref = {
  instanceId: "2f0c8d3e-7f0a-4b7e-9d31-5b1f5b1f5b1f",
  namespace: "toygres",
  instanceName: "orders",
} as const;

export const spec = {
  instanceId: ref.instanceId,
  name: ref.instanceName,
  namespace: ref.namespace,
  postgresVersion: "18",
  storageSizeGb: 10,
  useLoadBalancer: true,
} as const;

export const OPERATION = "op-1";
export const STARTED_AT = new Date("2026-11-21T08:00:00.000Z");
const DEADLINE_AT = "2026-11-21T08:15:00.000Z";

const name = (activity: string): string => `toygres::activity::${activity}`;

export const answers = (
  overrides: Readonly<Record<string, Answer>> = {},
): Record<string, Answer> => {
  let objectsThere = true;
  const good: Record<string, Answer> = {
    "begin-operation": () => ({ outcome: "begun", deadlineAt: DEADLINE_AT }),
    "deploy-postgres": () => ({
      instanceName: ref.instanceName,
      namespace: ref.namespace,
      created: true,
    }),
    "wait-for-ready": () => ({ ready: true, podPhase: "Running", readyAfterSeconds: 1 }),
    "get-connection-strings": () => ({
      ipConnectionString: "postgresql://app@127.1.0.1:5432/app?sslmode=verify-full",
      externalIp: "127.1.0.1",
      address: "127.1.0.1",
    }),
    "ensure-certificate": () => ({ renewed: false, served: true }),
    "test-connection": () => ({ version: "PostgreSQL 18.4", connected: true }),
    "start-health-check": () => ({ orchestrationId: `health-${ref.instanceId}` }),
    "stop-health-check": () => ({ stopped: true }),
    "stop-operation": () => ({ stopped: true }),
    "update-metadata": () => ({ instanceId: ref.instanceId, outcome: "done" }),
    "delete-postgres": () => {
      const there = objectsThere;
      objectsThere = false;
      const removed = there ? [{ kind: "StatefulSet", name: "pg-orders-2f0c8d3e", uid: "u1" }] : [];
      return { deleted: there, removed, remaining: [] };
    },
    ...overrides,
  };
  return Object.fromEntries(Object.entries(good).map(([key, answer]) => [name(key), answer]));
};

/** The activities called, in order, without the package's prefix. */
export function called(
  steps: readonly { readonly kind: string; readonly name?: string }[],
): string[] {
  return steps
    .filter(({ kind }) => kind === "activity")
    .map((step) => (step.name ?? "").replace("toygres::activity::", ""));
}

/** The inputs of update-metadata, in order. */
export function endings(steps: readonly { readonly kind: string }[]): Record<string, unknown>[] {
  return steps.flatMap((step) =>
    "name" in step && step.name === name("update-metadata") && "input" in step
      ? [step.input as Record<string, unknown>]
      : [],
  );
}
