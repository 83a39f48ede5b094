import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { orchestrations } from "./libraries.ts";
import { orderOf, recordings, usual, type Ending, type Part } from "./order-flow.ts";
import { HISTORIES, pastOf, Recording } from "./recording.ts";
import { replayRecording } from "./replay-recording.ts";
import { recordedEnd } from "./replayed.ts";
import { recordedSteps } from "./steps.ts";

const recorded = await recordings(orderOf(usual));
const subject = 'test::orchestration::order 1.0, "usual"';
const ORDER = "a change of the order of steps needs a new version (docs/writing-workflows.md)";

/** What the replay of the usual order says of one that was changed. */
function changed(steps: readonly Part[], ending: Ending = {}): Promise<string | undefined> {
  return replayRecording(recorded.payload, "usual", [orderOf(steps, ending)]);
}

describe("the replay of an order", () => {
  it("is content with the code that was recorded, in either encoding", async () => {
    for (const { history } of [recorded.payload, recorded.webhook].map(pastOf)) {
      expect(recordedSteps(history)).toHaveLength(usual.length);
      expect(recordedEnd(history)).toEqual({ kind: "completed", output: { note: "done" } });
    }
    expect(await replayRecording(recorded.payload, "usual", [orderOf(usual)])).toBeUndefined();
    expect(await replayRecording(recorded.webhook, "usual", [orderOf(usual)])).toBeUndefined();
  });

  it.each<[string, readonly Part[], string]>([
    [
      "two steps that changed places",
      ["charge", "wait", "reserve", "ship", "notify"],
      "step 1 was activity test::activity::reserve and is now activity test::activity::charge",
    ],
    [
      "a step that was taken out",
      ["reserve", "wait", "ship", "notify"],
      "step 3 was activity test::activity::charge and is now sub-orchestration test::orchestration::shipping",
    ],
    [
      "a last step that was taken out",
      ["reserve", "wait", "charge", "ship"],
      "step 5 was activity test::activity::notify and is no longer taken",
    ],
    [
      "a step that was put in",
      ["reserve", "notify", "wait", "charge", "ship", "notify"],
      "step 2 was a timer and is now activity test::activity::notify",
    ],
    [
      "a step that was added at the end",
      ["reserve", "wait", "charge", "ship", "notify", "wait"],
      "step 6, a timer, goes beyond the end of the recording",
    ],
    [
      "an activity that became a sub-orchestration",
      ["reserve", "wait", "ship", "ship", "notify"],
      "step 3 was activity test::activity::charge and is now sub-orchestration test::orchestration::shipping",
    ],
    [
      "a timer that became an activity",
      ["reserve", "notify", "charge", "ship", "notify"],
      "step 2 was a timer and is now activity test::activity::notify",
    ],
  ])("names %s", async (_what, steps, text) => {
    expect(await changed(steps)).toBe(`${subject}: ${text}: ${ORDER}`);
  });

  it("names a step that changed in a history from the webhook, too", async () => {
    const code = [orderOf(["reserve", "wait", "ship", "charge", "notify"])];
    expect(await replayRecording(recorded.webhook, "usual", code)).toBe(
      `${subject}: step 3 was activity test::activity::charge and is now sub-orchestration test::orchestration::shipping: ${ORDER}`,
    );
  });

  it.each<[string, Ending, string]>([
    [
      "now fails",
      { fails: true },
      'it completed and now fails (internal: "test::orchestration::order" failed unexpectedly; its log says where)',
    ],
    ["now continues as new", { goesOn: true }, "it completed and now continues as new"],
  ])("names an end that %s", async (_what, ending, text) => {
    expect(await changed(usual, ending)).toBe(
      `${subject}: ${text}: a change of how it ends needs a new version (docs/writing-workflows.md)`,
    );
  });

  it("names an order that now waits for what never came, and one that no longer does", async () => {
    const waiting = orderOf(["reserve", "approval"]);
    const { payload } = await recordings(waiting);
    const short = orderOf(["reserve"]);
    const change = "a change of how it ends needs a new version (docs/writing-workflows.md)";
    expect(await replayRecording(payload, "waiting", [waiting])).toBeUndefined();
    expect(await replayRecording(payload, "waiting", [short])).toBe(
      `test::orchestration::order 1.0, "waiting": it was still waiting and now completes: ${change}`,
    );
    const ended = (await recordings(short)).payload;
    expect(await replayRecording(ended, "short", [waiting])).toBe(
      `test::orchestration::order 1.0, "short": it completed and now goes on waiting: ${change}`,
    );
  });

  it("names a sub-orchestration that now gets another id", async () => {
    const named = orderOf(["reserve", "ship-named"]);
    const { payload } = await recordings(named);
    expect(await replayRecording(payload, "named", [named])).toBeUndefined();
    const code = [orderOf(["reserve", "make-up-id", "ship-named"])];
    expect(await replayRecording(payload, "named", code)).toMatch(
      /^test::orchestration::order 1\.0, "named": step 2, sub-orchestration test::orchestration::shipping, had the id "[0-9a-f-]{36}" and now has the id "[0-9a-f-]{36}": a change of how ids are made needs a new version \(docs\/writing-workflows\.md\)$/,
    );
  });

  it("names what it now fails with", async () => {
    const failed = (await recordings(orderOf(["reserve"], { fails: true }))).payload;
    if (failed.encoding !== "payload") throw new Error("another encoding was asked for");
    const history = failed.history.map((event) =>
      event.EventType === 1
        ? { ...event, Result: "Orchestrator function 'x' failed: canceled: no" }
        : event,
    );
    const code = [orderOf(["reserve"], { fails: true })];
    expect(await replayRecording({ ...failed, history }, "failed", code)).toBe(
      'test::orchestration::order 1.0, "failed": its error was "canceled: no" and is now "internal: \\"test::orchestration::order\\" failed unexpectedly; its log says where": a change of what it makes of its steps needs a new version (docs/writing-workflows.md)',
    );
  });

  it("replays an order that was terminated up to its termination", async () => {
    const waiting = orderOf(["reserve", "approval", "notify"]);
    for (const recording of Object.values(await recordings(waiting, { terminate: true }))) {
      expect(await replayRecording(recording, "gone", [waiting])).toBeUndefined();
      expect(await replayRecording(recording, "gone", [orderOf(["charge", "approval"])])).toBe(
        `test::orchestration::order 1.0, "gone": step 1 was activity test::activity::reserve and is now activity test::activity::charge: ${ORDER}`,
      );
    }
  });
});

describe("a recording of an order that was terminated before it began", () => {
  it("is refused, since there is nothing to replay", async () => {
    if (recorded.payload.encoding !== "payload") throw new Error("another encoding was asked for");
    const [episode, started] = recorded.payload.history;
    const terminated = { ...started!, EventType: 3, Input: "no longer wanted" };
    const history = [episode!, started!, terminated];
    await expect(
      replayRecording({ ...recorded.payload, history }, "early", [orderOf(usual)]),
    ).rejects.toThrow("it was terminated before it began: there is nothing to replay");
  });
});

describe("the replay of a result", () => {
  const change =
    "a change of what it makes of its steps needs a new version (docs/writing-workflows.md)";

  it("names what changed in it", async () => {
    const text = '"note" of its output was "done" and is now "finished"';
    expect(await changed(usual, { note: "finished" })).toBe(`${subject}: ${text}: ${change}`);
  });

  it("takes the clock for exact where each episode's beginning was recorded", async () => {
    const dated = orderOf(usual, { dated: true });
    const { payload } = await recordings(dated);
    expect(await replayRecording(payload, "usual", [dated])).toBeUndefined();
    if (payload.encoding !== "payload") throw new Error("another encoding was asked for");
    const last = payload.history.findLastIndex(({ EventType }) => EventType === 12);
    const history = payload.history.with(last, {
      ...payload.history[last]!,
      Timestamp: "2026-01-01T01:00:00.000Z",
    });
    expect(await replayRecording({ ...payload, history }, "usual", [dated])).toMatch(
      /^test::orchestration::order 1\.0, "usual": "at" of its output was "2026-\S+" and is now "2026-01-01T01:00:00\.000Z": /,
    );
  });

  it("overlooks what comes from the clock in a history from the webhook, and nothing else", async () => {
    const dated = orderOf(usual, { dated: true });
    const { webhook } = await recordings(dated);
    if (webhook.encoding !== "webhook") throw new Error("another encoding was asked for");
    const endingWith = (Result: unknown) => ({
      ...webhook,
      body: {
        ...webhook.body,
        historyEvents: webhook.body.historyEvents.map((entry) =>
          entry.EventType === "ExecutionCompleted" ? { ...entry, Result } : entry,
        ),
      },
    });
    const at = "2026-01-01T01:00:00.000Z";
    const said = async (result: unknown) => replayRecording(endingWith(result), "usual", [dated]);

    expect(await said({ note: "done", at })).toBeUndefined();
    expect(await said({ note: "finished", at })).toBe(
      `${subject}: "note" of its output was "finished" and is now "done": ${change}`,
    );
    expect(await said({ note: "done" })).toMatch(
      /: "at" of its output was absent and is now "2026-/,
    );
    expect(await said({ note: "done", at: 1 })).toMatch(
      /: "at" of its output was 1 and is now "2026-/,
    );
  });
});

describe("the versions of an order", () => {
  it("may grow in number above those that are recorded", async () => {
    const code = [orderOf(usual), orderOf(["notify"], { version: "1.1" })];
    expect(await replayRecording(recorded.payload, "usual", code)).toBeUndefined();
  });

  it("cannot lose one whose histories are kept", async () => {
    const removed = `${subject}: the version was removed while its histories are kept: put it back, or delete them when no instance that it runs can be under way any more (docs/writing-workflows.md)`;
    const code = [orderOf(usual, { version: "0.9" }), orderOf(usual, { version: "1.1" })];
    expect(await replayRecording(recorded.payload, "usual", code)).toBe(removed);
    expect(await replayRecording(recorded.payload, "usual", [])).toBe(removed);
  });

  it("cannot get one below what instances have begun on", async () => {
    const code = [orderOf(usual), orderOf(usual, { version: "1.5" })];
    const late = { ...recorded.payload, begunOn: "2.0" };
    expect(await replayRecording(late, "usual", code)).toBe(
      `${subject}: a new version slipped below one that instances have begun on (begun on 2.0, it was run by 1.0 and would now be run by 1.5): give it a version above every defaultVersion ever deployed (docs/writing-workflows.md)`,
    );
    const none = { ...recorded.payload, begunOn: null };
    expect(
      await replayRecording(none, "usual", [...code, orderOf(usual, { version: "0.9" })]),
    ).toBe(
      `${subject}: a new version slipped below one that instances have begun on (begun on no version, it was run by 1.0 and would now be run by 0.9): give it a version above every defaultVersion ever deployed (docs/writing-workflows.md)`,
    );
  });
});

describe("the recorded create of an instance", () => {
  it("fails when two of its steps have changed places", async () => {
    const path = "toygres/create-instance/1.0/succeeds.json";
    const text = await readFile(join(HISTORIES, path), "utf8");
    const names = ["toygres_activity_ensure-certificate", "toygres_activity_test-connection"];
    const [first, second] = names;
    const swapped = text.replaceAll(new RegExp(names.join("|"), "g"), (name) =>
      name === first ? second! : first!,
    );
    const recording = Recording.parse(JSON.parse(swapped));
    expect(await replayRecording(recording, "succeeds", orchestrations)).toMatch(
      /^toygres::orchestration::create-instance 1\.0, "succeeds": step \d+ was activity toygres::activity::test-connection and is now activity toygres::activity::ensure-certificate: a change of the order of steps needs a new version \(docs\/writing-workflows\.md\)$/,
    );
  });
});
