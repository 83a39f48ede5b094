import { failureEntry } from "../../../local/functions-host/logs/failure.ts";
import { lineLog, type LogEntry } from "../../../local/functions-host/logs/log.ts";

function lines(json: boolean, entries: LogEntry[], levels = {}) {
  const written: string[] = [];
  const log = lineLog({
    json,
    levels,
    write: (line) => written.push(line),
    now: () => new Date("2026-01-01T00:00:00Z"),
  });
  for (const entry of entries) log(entry);
  return written;
}

const SAID: LogEntry = {
  level: "warning",
  category: "Function.f.User",
  functionName: "f",
  invocationId: "i-1",
  text: "one\ntwo",
};

describe("the log", () => {
  it("writes one line an entry, with time, level, function and invocation", () => {
    expect(lines(false, [SAID])).toEqual([
      "2026-01-01T00:00:00.000Z warning     [f i-1] one\\ntwo",
    ]);
  });

  it("writes JSON lines when asked", () => {
    expect(lines(true, [SAID]).map((line) => JSON.parse(line) as unknown)).toEqual([
      { time: "2026-01-01T00:00:00.000Z", ...SAID },
    ]);
  });

  it("follows host.json's levels, the longest category first", () => {
    const entry = (category: string, level: LogEntry["level"]) => ({ category, level, text: "" });
    const shown = lines(
      true,
      [
        entry("Function.f.User", "debug"),
        entry("Function.g.User", "warning"),
        entry("Host.Startup", "warning"),
        entry("Host.Startup", "error"),
        entry("Other", "information"),
        entry("Other", "debug"),
      ],
      { "Function.f": "trace", Function: "error", Host: "error" },
    );
    expect(shown.map((line) => (JSON.parse(line) as LogEntry).category)).toEqual([
      "Function.f.User",
      "Host.Startup",
      "Other",
    ]);
  });
});

describe("a function that threw", () => {
  it("is logged with its message, what looks like a credential masked, and the frames", () => {
    const error = new Error("no login with password=canary; try again");
    expect(failureEntry("f", error)).toMatchObject({
      level: "error",
      functionName: "f",
      text: expect.stringMatching(
        /^Executed 'Functions.f' \(Failed\): no login with \[Hidden Credential\]; try again\n {4}at /,
      ) as string,
    });
    expect(failureEntry("f", error).text).not.toContain("canary");
  });

  it.each([
    ["a text", "a text"],
    [undefined, "undefined"],
    [{ message: "of another realm" }, "of another realm"],
  ])("is logged whatever it threw: %p", (thrown, text) => {
    expect(failureEntry("f", thrown).text).toBe(`Executed 'Functions.f' (Failed): ${text}\n`);
  });
});
