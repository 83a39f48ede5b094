import { EVENT, type HistoryEvent } from "../../local/functions-host/engine/history.ts";
import { toCanonicalName } from "../../src/durable/names.ts";
import { implementationFor, oldestFirst } from "../../src/durable/versions.ts";
import type { Implementation } from "./libraries.ts";
import { Recording } from "./recording.ts";
import { WebhookStatus } from "./webhook-status.ts";

/** A recording of what the local store keeps, which is what the function was given. */
export function recordingOfHistory(
  history: readonly HistoryEvent[],
  orchestrations: readonly Implementation[],
): Recording {
  const started = history.find(({ EventType }) => EventType === EVENT.ExecutionStarted);
  if (started?.EventType !== EVENT.ExecutionStarted) throw new Error("the history has no start");
  const { Name, Version, Input, OrchestrationInstance } = started;
  return Recording.parse({
    encoding: "payload",
    ...factsOf(Name, Version, OrchestrationInstance.InstanceId, orchestrations),
    input: Input === null ? null : JSON.parse(Input),
    history,
  });
}

/** A recording of a webhook's answer, which does not say on which version the instance began: the newest if undefined. */
export function recordingOfStatus(
  answer: unknown,
  begunOn: string | null | undefined,
  orchestrations: readonly Implementation[],
): Recording {
  const { name, instanceId } = WebhookStatus.parse(answer);
  // It was checked; what the check gives back has its members in another order than the host's answer.
  const body = answer as WebhookStatus;
  const versions = orchestrations.filter((one) => one.name === toCanonicalName(name));
  const newest = oldestFirst(versions).at(-1)?.version ?? null;
  const version = begunOn === undefined ? newest : begunOn;
  return {
    encoding: "webhook",
    ...factsOf(name, version, instanceId, orchestrations),
    body,
  };
}

function factsOf(
  registeredName: string,
  begunOn: string | null,
  instanceId: string,
  orchestrations: readonly Implementation[],
) {
  const called = toCanonicalName(registeredName) ?? registeredName;
  const versions = orchestrations.filter(({ name }) => name === called);
  const implementation = implementationFor(versions, begunOn);
  if (implementation === undefined) {
    throw new Error(
      `none of our libraries has an orchestration "${called}" that runs version ${begunOn ?? "none"}`,
    );
  }
  return {
    orchestration: implementation.name,
    begunOn,
    implementation: implementation.version,
    instanceId,
    recordedAt: new Date().toISOString(),
  };
}
