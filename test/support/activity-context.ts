import type { ActivityContext } from "../../src/durable/activity.ts";
import type { DurableClient } from "../../src/durable/client.ts";
import { jsonLog, type LogSink } from "../../src/durable/log.ts";

type Given = Partial<Omit<ActivityContext, "durable">> & {
  /** What the activity asks of it, and no more. */
  readonly durable?: Partial<DurableClient>;
};

/** A context for an activity that a test calls by hand, and the lines that it logs. */
export function activityContext(given: Given = {}): {
  readonly context: ActivityContext;
  readonly lines: readonly Record<string, unknown>[];
} {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const sink: LogSink = { info: write, warn: write, error: write };
  const context = {
    log: jsonLog(sink),
    orchestrationId: "orchestration-1",
    get durable(): never {
      throw new Error("this test gave no durable client: pass one to activityContext({ durable })");
    },
    signal: AbortSignal.timeout(60_000),
  };
  return {
    context: Object.defineProperties(context, Object.getOwnPropertyDescriptors(given)),
    lines,
  };
}
