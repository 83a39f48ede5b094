import { z } from "zod";

/** UTC, with up to 7 digits of a second, ended by `Z` or by `+00:00`. */
const Moment = z.iso.datetime({ offset: true });

const begun = {
  FunctionName: z.string().optional(),
  Name: z.string().optional(),
  Timestamp: Moment,
};
const ended = { FunctionName: z.string(), ScheduledTime: Moment, Timestamp: Moment };
const failed = {
  ...ended,
  Reason: z.string(),
  Details: z.string().nullable(),
  FailureDetails: z.null().optional(),
};

/** One line of a history as the webhook shows it: without ids, what was scheduled folded into its end. */
const Entry = z.discriminatedUnion("EventType", [
  z.looseObject({
    EventType: z.literal("ExecutionStarted"),
    FunctionName: z.string(),
    Input: z.string().nullable(),
    Timestamp: Moment,
  }),
  z.looseObject({ EventType: z.literal("TaskScheduled"), ...begun }),
  z.looseObject({ EventType: z.literal("SubOrchestrationInstanceCreated"), ...begun }),
  z.looseObject({ EventType: z.literal("TaskCompleted"), ...ended }),
  z.looseObject({ EventType: z.literal("SubOrchestrationInstanceCompleted"), ...ended }),
  z.looseObject({ EventType: z.literal("TaskFailed"), ...failed }),
  z.looseObject({ EventType: z.literal("SubOrchestrationInstanceFailed"), ...failed }),
  z.looseObject({ EventType: z.literal("TimerCreated"), FireAt: Moment, Timestamp: Moment }),
  z.looseObject({ EventType: z.literal("TimerFired"), FireAt: Moment, Timestamp: Moment }),
  z.looseObject({
    EventType: z.literal("EventRaised"),
    Name: z.string(),
    Input: z.string().nullable(),
    Timestamp: Moment,
  }),
  z.looseObject({
    EventType: z.literal("ExecutionSuspended"),
    Reason: z.string().nullable(),
    Timestamp: Moment,
  }),
  z.looseObject({
    EventType: z.literal("ExecutionResumed"),
    Reason: z.string().nullable(),
    Timestamp: Moment,
  }),
  z.looseObject({
    EventType: z.literal("ExecutionTerminated"),
    Input: z.string().nullable(),
    Timestamp: Moment,
  }),
  z.looseObject({
    EventType: z.literal("ExecutionCompleted"),
    OrchestrationStatus: z.string(),
    Timestamp: Moment,
  }),
]);
export type Entry = z.infer<typeof Entry>;

/** The answer to `GET instances/{id}?showHistory=true&showHistoryOutput=true&showInput=true`. */
export const WebhookStatus = z.looseObject({
  name: z.string(),
  instanceId: z.string(),
  runtimeStatus: z.string(),
  historyEvents: z.array(Entry).min(1),
});
export type WebhookStatus = z.infer<typeof WebhookStatus>;

/** In units of 100 ns, in which the service numbers what one episode schedules. */
export function ticksOf(moment: string): bigint {
  const [, seconds = "", fraction = "", zone = ""] =
    /^(.{19})(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)$/.exec(moment) ?? [];
  return BigInt(Date.parse(seconds + zone)) * 10_000n + BigInt(fraction.padEnd(7, "0"));
}

export function millisecondsOf(ticks: bigint): number {
  return Number(ticks / 10_000n);
}
