import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EVENT } from "../../local/functions-host/engine/history.ts";
import { differenceFrom } from "./difference.ts";
import { REAL_HOST } from "./recording.ts";
import { realHostApp } from "./real-host-app.ts";
import { recordedEnd, replay } from "./replayed.ts";
import { recordedSteps } from "./steps.ts";
import { tellTalesIn } from "./tell-tales.ts";
import { pastFromWebhook } from "./webhook-history.ts";
import { WebhookStatus, type WebhookStatus as Status } from "./webhook-status.ts";

const Answer = z.object({ response: z.object({ body: WebhookStatus }) });

async function recorded(name: string): Promise<Status> {
  const text = await readFile(join(REAL_HOST, `status-${name}.json`), "utf8");
  return Answer.parse(JSON.parse(text)).response.body;
}

const handlerOf = ({ name }: Status) => realHostApp[name]!;

const TIMER = "a timer";
const say = "activity say";
const fail = "activity fail";
const said = ["Hello A", "Hello B", "Hello C"];
const failed = (by: string): unknown =>
  expect.stringMatching(
    new RegExp(`^Activity function 'fail' failed: {2}activity failed for ${by} \\n \\{.*\\}$`),
  );

const histories: readonly (readonly [string, readonly string[], unknown])[] = [
  [
    "200-completed-showHistory-showHistoryOutput",
    [say, say, say],
    { kind: "completed", output: said },
  ],
  ["202-running-showHistory", [TIMER], { kind: "waiting" }],
  ["200-continueAsNew-completed-showHistory", [TIMER], { kind: "completed", output: "done" }],
  [
    "200-after-event-showHistory",
    [TIMER],
    { kind: "completed", output: { approved: { by: "me" } } },
  ],
  ["200-failed-failing-showHistory", [fail], { kind: "failed", error: failed("x") }],
  ["200-failed-throwing-showHistory", [], { kind: "failed", error: "orchestrator threw" }],
  [
    "200-failed-retrying-showHistory",
    [fail, TIMER, fail, TIMER, fail, TIMER],
    { kind: "failed", error: failed("r") },
  ],
  [
    "200-parent-suborchestration-showHistory",
    ["sub-orchestration seq", say, say],
    { kind: "completed", output: { a: said, f: ["Hello 1", "Hello 2"], g: 36 } },
  ],
];

describe("a history that the real host has shown", () => {
  it.each(histories)(
    "%s is replayed step by step to its recorded end",
    async (name, steps, end) => {
      const status = await recorded(name);
      const past = pastFromWebhook(status, null);

      expect(recordedSteps(past.history)).toEqual(steps);
      expect(recordedEnd(past.history)).toEqual(end);
      expect(await replay(past, handlerOf(status))).toMatchObject({ steps, end });
    },
  );

  it("of an execution that was terminated is replayed up to its termination", async () => {
    const status = await recorded("200-terminated-showHistory");
    const past = pastFromWebhook(status, null);
    expect(recordedSteps(past.history)).toEqual([TIMER]);
    expect(await differenceFrom(past, handlerOf(status))).toBeUndefined();
    expect(await differenceFrom(past, realHostApp["throwing"]!)).toEqual({
      text: "step 1 was a timer and is no longer taken",
      change: "the order of steps",
    });
  });

  it("holds the host's stack traces as they were, and nothing else that a recording must not", async () => {
    for (const file of await readdir(REAL_HOST)) {
      const found = tellTalesIn(await readFile(join(REAL_HOST, file), "utf8"));
      expect([file, found.filter((what) => what !== "a stack trace")]).toEqual([file, []]);
    }
  });

  it("is there for every fixture", async () => {
    const files = await readdir(REAL_HOST);
    const named = [...histories.map(([name]) => name), "200-terminated-showHistory"];
    expect(files.toSorted()).toEqual(named.map((name) => `status-${name}.json`).toSorted());
  });
});

describe("the decoder", () => {
  it("puts each arrival into an episode of its own, after what was begun before it", async () => {
    const { history } = pastFromWebhook(await recorded(histories[0]![0]), "1.0");
    expect(history.map(({ EventType, EventId }) => [EventType, EventId])).toEqual([
      [EVENT.OrchestratorStarted, -1],
      [EVENT.ExecutionStarted, -1],
      ...[0, 1, 2].flatMap((id) => [
        [EVENT.TaskScheduled, id],
        [EVENT.OrchestratorStarted, -1],
        [EVENT.TaskCompleted, -1],
      ]),
      [EVENT.ExecutionCompleted, -1],
    ]);
    expect(history[1]).toMatchObject({ Name: "seq", Version: "1.0", Input: '""' });
  });

  it("tells apart what was begun 22 µs apart, whichever ended first", async () => {
    const status = await recorded("200-parent-suborchestration-showHistory");
    const [started, child, one, two, end] = status.historyEvents;
    const entries = [started!, child!, two!, one!, end!];
    const past = pastFromWebhook({ ...status, historyEvents: entries }, null);

    const { end: reached } = await replay(past, handlerOf(status));
    expect(reached).toMatchObject({ output: { f: ["Hello 1", "Hello 2"] } });
    const ids = past.history.flatMap((event) =>
      event.EventType === EVENT.TaskCompleted ? [event.TaskScheduledId] : [],
    );
    expect(ids).toEqual([2, 1]);
  });

  it("leaves what is still open scheduled", async () => {
    const status = await recorded("200-parent-suborchestration-showHistory");
    const [started, child, one, two] = status.historyEvents;
    const at = z.object({ ScheduledTime: z.string() }).parse(two).ScheduledTime;
    const open = { EventType: "TaskScheduled", Name: "say", Input: null, Timestamp: at };
    const shown = { ...status, historyEvents: [started, child, open, one] };
    const past = pastFromWebhook(WebhookStatus.parse(shown), null);

    expect(await replay(past, handlerOf(status))).toMatchObject({
      steps: ["sub-orchestration seq", say, say],
      end: { kind: "waiting" },
    });
    expect(await differenceFrom(past, handlerOf(status))).toBeUndefined();
  });

  it("takes the moment at which a timer was due for the orchestration's clock", async () => {
    const status = await recorded("202-running-showHistory");
    const timer = z.object({ FireAt: z.string() }).parse(status.historyEvents[1]);
    const fired = { ...status.historyEvents[1], ...timer, EventType: "TimerFired" };
    const shown = { ...status, historyEvents: [...status.historyEvents, fired] };
    const { history } = pastFromWebhook(WebhookStatus.parse(shown), null);
    expect(history.slice(-2)).toMatchObject([
      { EventType: EVENT.OrchestratorStarted, Timestamp: timer.FireAt },
      { EventType: EVENT.TimerFired, TimerId: 0 },
    ]);
  });

  it("refuses to guess which of two came first", async () => {
    const status = await recorded("200-parent-suborchestration-showHistory");
    const entries = status.historyEvents.map((entry) =>
      entry.EventType === "TaskCompleted"
        ? { ...entry, ScheduledTime: "2026-11-21T06:36:28.409+00:00" }
        : entry,
    );
    expect(() => pastFromWebhook({ ...status, historyEvents: entries }, null)).toThrow(
      "activity say and activity say were scheduled at one moment, so that it cannot be told which came first: record the instance from its store instead",
    );
  });

  it("refuses a history that was asked for without its results", async () => {
    const status = await recorded("200-completed-showHistory-showHistoryOutput");
    const entries = status.historyEvents.map((entry) =>
      Object.fromEntries(Object.entries(entry).filter(([key]) => key !== "Result")),
    );
    const shown = WebhookStatus.parse({ ...status, historyEvents: entries });
    expect(() => pastFromWebhook(shown, null)).toThrow(
      "TaskCompleted shows no result: ask for the history with showHistoryOutput=true",
    );
  });
});
