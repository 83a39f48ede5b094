import { z } from "zod";
import { beginOperation } from "../activities/begin-operation.ts";
import { deletePostgres } from "../activities/delete-postgres.ts";
import { deployPostgres } from "../activities/deploy-postgres.ts";
import { ensureCertificate } from "../activities/ensure-certificate.ts";
import { getConnectionStrings } from "../activities/get-connection-strings.ts";
import { startHealthCheck } from "../activities/start-health-check.ts";
import { testConnection } from "../activities/test-connection.ts";
import { updateMetadata } from "../activities/update-metadata.ts";
import { waitForReady } from "../activities/wait-for-ready.ts";
import { DomainError } from "../domain/errors.ts";
import type { RunningFacts } from "../domain/metadata.ts";
import type { InstanceRef } from "../domain/names.ts";
import { orchestration } from "../durable/orchestration.ts";
import { instanceId as ownId, newGuid, now, type Context, type Durable } from "../durable/steps.ts";
import { pause } from "../durable/events.ts";
import { CreateInstance } from "./names.ts";
import { cleanUpInStep, leftBehind, type Removed } from "./remove-objects.ts";
import { actionAfter, asDomainError, Tracker } from "./tracker.ts";

/** How long the pod, and then the load balancer's address, may take. */
const WAIT_MS = 300_000;
/** Short, so that a cancel or a delete is seen soon. */
const SLICE_SECONDS = 5;
const PAUSE_MS = 1_000;
/** As long as a lost activity may go on. */
const LONGEST_ACTIVITY_MS = 60_000;
/** A Secret volume follows after tens of seconds; the health check takes over where this gives up. */
const CERTIFICATE_LOOKS = 5;

const STEPS = [
  "begin-operation",
  "deploy-postgres",
  "wait-for-ready",
  "get-connection-strings",
  "ensure-certificate",
  "test-connection",
  "start-health-check",
  "update-metadata",
] as const;

type Spec = z.output<typeof CreateInstance.input>;
type Result = z.input<typeof CreateInstance.output>;

interface Run {
  readonly ctx: Context;
  readonly ref: InstanceRef;
  readonly spec: Spec;
  readonly tracker: Tracker;
  readonly operation: {
    readonly operationId: string;
    readonly instanceId: string;
    readonly token: string;
  };
}

export const createInstance = orchestration({
  ...CreateInstance,
  uses: [
    beginOperation,
    deployPostgres,
    waitForReady,
    getConnectionStrings,
    ensureCertificate,
    testConnection,
    startHealthCheck,
    updateMetadata,
    deletePostgres,
  ],

  *run(ctx, spec) {
    const { instanceId, ...requested } = spec;
    const ref = { instanceId, namespace: spec.namespace, instanceName: spec.name };
    const operation = { operationId: ownId(ctx), instanceId, token: newGuid(ctx) };
    const tracker = new Tracker(ctx, STEPS);
    const run: Run = { ctx, ref, spec, tracker, operation };

    const begun = yield* tracker.step("begin-operation", () =>
      tracker.call("begin-operation", beginOperation, {
        ...ref,
        ...operation,
        kind: "create",
        spec: requested,
      }),
    );
    if (begun.outcome === "taken") {
      throw new DomainError(
        "operation-taken",
        "this operation has ended, or another execution has it",
      );
    }
    tracker.deadline = new Date(begun.deadlineAt);
    try {
      if (begun.outcome !== "begun") throw new DomainError(begun.outcome, sentences[begun.outcome]);
      return yield* build(run);
    } catch (error) {
      const why = asDomainError(error);
      // Another execution has the operation by now: the objects are its.
      if (why.code !== "operation-taken") yield* giveUp(run, why);
      throw error;
    }
  },
});

const sentences = {
  canceled: "the create was canceled",
  overtaken: "the instance is being deleted",
} as const;

function* build(run: Run): Durable<Result> {
  const { ctx, ref, spec, tracker, operation } = run;
  const begunAt = now(ctx);

  yield* tracker.step("deploy-postgres", () =>
    tracker.call("deploy-postgres", deployPostgres, { ...spec, ...ref }),
  );
  yield* tracker.step("wait-for-ready", () => untilReady(run));
  const { address, ...strings } = yield* tracker.step("get-connection-strings", () =>
    untilAddress(run),
  );
  const certificateCoversAddress = yield* tracker.step("ensure-certificate", () =>
    untilServed(run, address, strings.externalIp),
  );
  const { version } = yield* tracker.step("test-connection", () =>
    tracker.call("test-connection", testConnection, { ...ref, address }),
  );
  yield* tracker.step("start-health-check", () =>
    tracker.call("start-health-check", startHealthCheck, ref),
  );

  const facts: RunningFacts = { ...strings, serverVersion: version, certificateCoversAddress };
  const result: Result = {
    instanceName: ref.instanceName,
    namespace: ref.namespace,
    ...strings,
    postgresVersion: version,
    deploymentTimeSeconds: (now(ctx).getTime() - begunAt.getTime()) / 1_000,
  };
  const { outcome } = yield* tracker.step("update-metadata", () =>
    tracker.call(
      "update-metadata",
      updateMetadata,
      {
        ...operation,
        steps: tracker.snapshot("update-metadata"),
        to: "running",
        facts,
        result: { ...result },
      },
      { beyondDeadline: true },
    ),
  );
  if (outcome !== "done") throw new DomainError(outcome, sentences[outcome]);
  return result;
}

function* untilReady({ ctx, ref, tracker }: Run): Durable<void> {
  const until = now(ctx).getTime() + WAIT_MS;
  for (;;) {
    const {
      ready,
      podPhase,
      waitingFor = `the pod is ${podPhase}`,
      action,
    } = yield* tracker.call("wait-for-ready", waitForReady, {
      ...ref,
      sliceSeconds: SLICE_SECONDS,
    });
    if (ready) return;
    if (now(ctx).getTime() >= until) {
      throw new DomainError(
        "instance-not-ready",
        `the instance was not ready after ${WAIT_MS / 1_000} s: ${waitingFor}`,
        { ...(action && { details: { action } }) },
      );
    }
    tracker.waiting("wait-for-ready", waitingFor, action);
    yield* pause(ctx, PAUSE_MS, { hint: "wake" });
  }
}

function* untilAddress({ ctx, ref, spec, tracker }: Run) {
  const until = now(ctx).getTime() + WAIT_MS;
  for (;;) {
    const { address, ipConnectionString, waitingFor, action, ...rest } = yield* tracker.call(
      "get-connection-strings",
      getConnectionStrings,
      {
        ...ref,
        useLoadBalancer: spec.useLoadBalancer,
        dnsLabel: spec.dnsLabel,
        sliceSeconds: SLICE_SECONDS,
      },
    );
    if (address !== undefined && ipConnectionString !== undefined) {
      return { address, ipConnectionString, ...rest };
    }
    if (now(ctx).getTime() >= until) {
      throw new DomainError(
        "address-not-assigned",
        `the instance had no address after ${WAIT_MS / 1_000} s: ${waitingFor ?? "the Service has none"}`,
        { ...(action && { details: { action } }) },
      );
    }
    tracker.waiting("get-connection-strings", waitingFor, action);
    yield* pause(ctx, PAUSE_MS, { hint: "wake" });
  }
}

/** An instance whose certificate does not cover its address yet is usable; its health check goes on trying. */
function* untilServed(
  { ctx, ref, spec, tracker }: Run,
  address: string,
  externalIp: string | undefined,
): Durable<boolean> {
  for (let look = 1; ; look += 1) {
    try {
      const { served } = yield* tracker.call("ensure-certificate", ensureCertificate, {
        ...ref,
        address,
        externalIp,
        dnsLabel: spec.dnsLabel,
      });
      if (served || look === CERTIFICATE_LOOKS) return served;
    } catch (error) {
      const { code } = asDomainError(error);
      if (code === "canceled" || code === "overtaken" || code === "deadline-passed") throw error;
      return false;
    }
    tracker.waiting("ensure-certificate", "the server does not serve its new certificate yet");
    yield* pause(ctx, PAUSE_MS, { hint: "wake" });
  }
}

/** Leaves nothing behind and says why; a create that a delete has overtaken touches nothing more. */
function* giveUp({ ctx, ref, tracker, operation }: Run, error: DomainError): Durable<void> {
  const { code, message } = error;
  const action = actionAfter(error);
  tracker.skipRest();
  const close = function* (end: { to: "overtaken" } | ({ to: "failed" } & Removed)) {
    return yield* tracker.call(
      "update-metadata",
      updateMetadata,
      {
        ...operation,
        steps: tracker.snapshot(),
        ...(end.to === "overtaken"
          ? { to: end.to }
          : {
              to: end.to,
              failure: {
                code,
                message: `${message}${leftBehind(end.remaining)}`,
                ...(action && { action }),
                ...(end.remaining.length > 0 && { remaining: end.remaining }),
              },
              result: { cleanup: end.cleanup },
            }),
      },
      { beyondDeadline: true },
    );
  };
  if (code === "overtaken") {
    yield* close({ to: "overtaken" });
    return;
  }
  const beforeMs = endedInALoss(error) ? LONGEST_ACTIVITY_MS : 0;
  const removed = yield* cleanUpInStep(ctx, { ref, tracker }, WAIT_MS, { beforeMs });
  const { outcome } =
    removed === undefined
      ? { outcome: "overtaken" as const }
      : yield* close({ to: "failed", ...removed });
  if (outcome === "overtaken") yield* close({ to: "overtaken" });
}

/** A step that ended without an answer may still be making something. */
function endedInALoss({ code, details }: DomainError): boolean {
  const lastError = details?.["lastError"];
  const last = z.object({ code: z.string() }).safeParse(lastError).data;
  return (last?.code ?? code) === "activity-lost";
}
