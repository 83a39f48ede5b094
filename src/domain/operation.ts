import { z } from "zod";
import type { JsonObject } from "./json.ts";

export const OperationKind = z.enum(["create", "delete"]);
export type OperationKind = z.infer<typeof OperationKind>;

export const operationStatuses = [
  "notStarted",
  "running",
  "succeeded",
  "failed",
  "canceled",
] as const;
export const OperationStatus = z.enum(operationStatuses);
export type OperationStatus = z.infer<typeof OperationStatus>;

const time = z.iso.datetime();

/** One step of an operation as a user sees it. */
export const Step = z.object({
  name: z.string(),
  status: z.enum(["pending", "running", "succeeded", "failed", "skipped"]),
  attempts: z.int(),
  startedAt: time.optional(),
  endedAt: time.optional(),
  /** Why it waits, in the cluster's own words. */
  waitingFor: z.string().max(300).optional(),
  /** The one thing to do about it, where waiting alone may not help. */
  action: z.string().max(300).optional(),
});
export type Step = z.infer<typeof Step>;

/** The custom status of an operation's orchestration. */
export const Progress = z.object({ steps: z.array(Step) });
export type Progress = z.infer<typeof Progress>;

export const OperationError = z.object({
  code: z.string(),
  message: z.string(),
  /** The one thing to do about it. */
  action: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type OperationError = z.infer<typeof OperationError>;

export const Operation = z.object({
  id: z.string(),
  kind: OperationKind,
  instanceId: z.string(),
  instanceName: z.string(),
  status: OperationStatus,
  createdAt: time,
  startedAt: time.optional(),
  endedAt: time.optional(),
  deadlineAt: time,
  steps: z.array(Step),
  error: OperationError.optional(),
  result: z.record(z.string(), z.unknown()).optional(),
});
export type Operation = z.infer<typeof Operation>;

/** What an orchestration is started with, under the operation's id. */
export interface StartableOperation {
  readonly id: string;
  readonly kind: OperationKind;
  /** The input that the request stored for the orchestration. */
  readonly input: JsonObject;
}

export const InstanceEvent = z.object({
  id: z.string(),
  instanceId: z.string(),
  operationId: z.string().optional(),
  /** noun.verb-past, such as `instance.running` or `health.changed`. */
  type: z.string(),
  message: z.string(),
  data: z.record(z.string(), z.unknown()).optional(),
  at: time,
});
export type InstanceEvent = z.infer<typeof InstanceEvent>;

/** How long an operation may take before monitor-operation closes it. */
export const OPERATION_DEADLINE_MS = 15 * 60_000;

export function hasEnded(status: OperationStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "canceled";
}
