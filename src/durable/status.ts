import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { fromThrown } from "./envelope.ts";
import { toCanonicalName } from "./names.ts";
import type { OrchestrationContract } from "./orchestration.ts";
import { parse, type Schema, type WireObject } from "./wire.ts";

/** How an instance stands: only a finished one has an output, only a failed one an error. */
export type Status<T = unknown> = {
  readonly id: string;
  /** The canonical name; the function's own if it is none of ours. */
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly customStatus: unknown;
} & (
  | { readonly state: "Pending" | "Running" | "ContinuedAsNew" | "Suspended" }
  | { readonly state: "Completed"; readonly output: T }
  | { readonly state: "Failed"; readonly error: DomainError }
  | { readonly state: "Terminated" | "Canceled"; readonly reason: string }
);

export type Ended<T = unknown> = Extract<
  Status<T>,
  { readonly state: "Completed" | "Failed" | "Terminated" | "Canceled" }
>;

export function hasEnded<T>(status: Status<T>): status is Ended<T> {
  return ["Completed", "Failed", "Terminated", "Canceled"].includes(status.state);
}

export interface StartRequest {
  readonly name: string;
  readonly id: string;
  readonly input: WireObject;
  /** The host's default version when undefined. */
  readonly version: string | undefined;
}

/**
 * The service that keeps the instances, by whichever way it is reached. Names and ids were checked. What has no
 * outcome here, such as an answer that does not come within the time limit, rejects with `durable-unavailable`.
 */
export interface DurableService {
  /** `exists` when an instance of this id has not ended; one that has is replaced. */
  start(request: StartRequest): Promise<"started" | "exists">;
  status(id: string): Promise<FoundStatus | "not-found">;
  /** `accepted` also when the instance has ended, and nothing comes of it. */
  terminate(id: string, reason: string): Promise<"accepted" | "not-found">;
  raise(id: string, event: string, payload: WireObject): Promise<"accepted" | "not-found">;
  /** Of an instance that has ended. */
  purge(id: string): Promise<"purged" | "not-found">;
}

/** The HTTP API tells times in text, durable-functions' client has made dates of them. */
const Time = z.union([z.date(), z.string().pipe(z.coerce.date())]);

const FoundStatus = z.object({
  /** Of the function. */
  name: z.string(),
  instanceId: z.string(),
  runtimeStatus: z.enum([
    "Pending",
    "Running",
    "ContinuedAsNew",
    "Suspended",
    "Completed",
    "Failed",
    "Terminated",
    "Canceled",
  ]),
  output: z.unknown(),
  customStatus: z.unknown(),
  createdTime: Time,
  lastUpdatedTime: Time,
});

/** How an instance stands in the service's own words. */
export type FoundStatus = z.infer<typeof FoundStatus>;

export function toFoundStatus(answer: unknown): FoundStatus {
  const { success, data } = FoundStatus.safeParse(answer);
  if (!success) throw unintelligible("status");
  return data;
}

/** With a contract the output is parsed by it, which throws `invalid-output` when it does not fit. */
export function toStatus(
  found: FoundStatus,
  contract: OrchestrationContract<Schema, Schema> | undefined,
): Status {
  const name = toCanonicalName(found.name) ?? found.name;
  const common = {
    id: found.instanceId,
    name,
    createdAt: found.createdTime,
    updatedAt: found.lastUpdatedTime,
    customStatus: found.customStatus,
  };
  const state = found.runtimeStatus;
  switch (state) {
    case "Completed": {
      const output = contract
        ? parse(contract.output, found.output, "invalid-output", `output of "${name}"`)
        : found.output;
      return { ...common, state, output };
    }
    case "Failed":
      return { ...common, state, error: fromThrown(String(found.output), name) };
    case "Terminated":
    case "Canceled":
      return { ...common, state, reason: String(found.output) };
    case "Pending":
    case "Running":
    case "ContinuedAsNew":
    case "Suspended":
      return { ...common, state };
  }
}

/** The service's own text stays behind: it can carry its address with its key. */
export function refused(what: string, status: string | number | undefined): DomainError {
  const answer = status === undefined ? "" : ` with status ${status}`;
  return new DomainError("durable-unavailable", `the durable service refused "${what}"${answer}`);
}

export function unanswered(what: string, timeLimitMs: number): DomainError {
  return new DomainError(
    "durable-unavailable",
    `the durable service did not answer "${what}" within ${timeLimitMs} ms`,
  );
}

export function unintelligible(what: string): DomainError {
  return new DomainError(
    "durable-unavailable",
    `the durable service answered "${what}" with what is no answer to it`,
  );
}
