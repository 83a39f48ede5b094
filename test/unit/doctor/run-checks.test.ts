import { failed, ok, skipped, type Check, type Outcome } from "../../../src/doctor/check.ts";
import { checks } from "../../../src/doctor/checks.ts";
import type { Deps } from "../../../src/doctor/deps.ts";
import { exitCodeOf, lineOf, summaryOf } from "../../../src/doctor/report.ts";
import { runChecks, type RunOptions } from "../../../src/doctor/run-checks.ts";

/** None of these checks touches anything. */
const none = {} as Deps;

const check = (name: string, run: Check["run"], needs: readonly string[] = []): Check => ({
  name,
  about: "",
  needs,
  run,
});
const gives = (outcome: Outcome) => async () => outcome;

const run = (list: readonly Check[], options: Partial<RunOptions> = {}) =>
  runChecks(list, none, { signal: new AbortController().signal, ...options });

const brief = (results: Awaited<ReturnType<typeof run>>) =>
  results.map(({ name, status, found }) => `${name} ${status}: ${found}`);

describe("checks", () => {
  it("do not stop one another, but for those that need one that failed, and those that need these", async () => {
    const results = await run([
      check("a", gives(failed("broken", "mend it"))),
      check("b", gives(ok("fine"))),
      check("c", gives(ok("never seen")), ["a", "b"]),
      check("d", gives(ok("never seen")), ["c"]),
      check("e", gives(ok("fine")), ["b"]),
    ]);

    expect(brief(results)).toEqual([
      "a failed: broken",
      "b ok: fine",
      "c skipped: needs a",
      "d skipped: needs c",
      "e ok: fine",
    ]);
  });

  it("run although one that they need does not apply", async () => {
    const results = await run([
      check("a", gives(skipped("not here"))),
      check("b", gives(ok("fine")), ["a"]),
    ]);
    expect(brief(results)).toEqual(["a skipped: not here", "b ok: fine"]);
  });

  it("that throw have failed", async () => {
    const [result] = await run([
      check("a", async () => {
        throw new RangeError("canary");
      }),
    ]);
    expect(result).toMatchObject({ status: "failed", found: "the check ended with RangeError" });
  });

  it("are given up when their time is over, and told so by their signal", async () => {
    let told = false;
    const results = await run(
      [
        check("slow", async (_deps, signal) => {
          await new Promise<void>((resolve) => {
            signal.addEventListener("abort", () => resolve());
          });
          told = true;
          return ok("too late to count");
        }),
        check("other", gives(ok("fine"))),
      ],
      { limitMs: 20 },
    );

    expect(brief(results)).toEqual(["slow failed: no answer within 0.02 s", "other ok: fine"]);
    expect(told).toBe(true);
  });

  it("that are interrupted are skipped, and those that come later are not begun", async () => {
    const interrupted = new AbortController();
    let begun = false;
    const results = await run(
      [
        check("first", async (_deps, signal) => {
          interrupted.abort();
          expect(signal.aborted).toBe(true);
          return ok("fine");
        }),
        check(
          "second",
          async () => {
            begun = true;
            return ok("fine");
          },
          ["first"],
        ),
      ],
      { signal: interrupted.signal },
    );

    expect(brief(results).at(-1)).toBe("second skipped: interrupted");
    expect(begun).toBe(false);
  });

  it("are told in their order, whichever is ready first", async () => {
    const told: string[] = [];
    const later = Promise.withResolvers<Outcome>();
    await run(
      [
        check("a", () => later.promise),
        check("b", async () => {
          later.resolve(ok("a"));
          return ok("b");
        }),
      ],
      { onResult: ({ name }) => told.push(name) },
    );
    expect(told).toEqual(["a", "b"]);
  });
});

describe("the list of checks", () => {
  it("has each name once, and what a check needs before it", () => {
    const names = checks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const [at, { needs = [] }] of checks.entries())
      for (const need of needs) expect(names.slice(0, at)).toContain(need);
  });
});

describe("the report", () => {
  const result = { name: "storage", about: "", ms: 3 };
  const bad = { ...result, ...failed("no class", "Make one.") };

  it("is one line a check, and one for what to do", () => {
    expect(lineOf(bad, 10)).toBe("✗ storage     no class\n              → Make one.");
    expect(lineOf({ ...result, ...ok("fine") }, 7)).toBe("✓ storage  fine");
  });

  it("ends with how many there were of each kind", () => {
    const results = [bad, { ...result, ...ok("fine") }, { ...result, ...skipped("not here") }];
    expect(summaryOf(results)).toBe("1 ok, 0 warnings, 1 failed, 1 skipped");
  });

  it("makes the exit code 1 by what failed only", () => {
    expect(exitCodeOf([bad])).toBe(1);
    expect(exitCodeOf([{ ...result, ...skipped("needs x") }])).toBe(0);
  });
});
