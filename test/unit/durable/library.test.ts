import { z } from "zod";
import { activity, override, type RetryPolicy } from "../../../src/durable/activity.ts";
import { library, merge, pick, provide } from "../../../src/durable/library.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { call } from "../../../src/durable/steps.ts";
import { activityContext } from "../../support/activity-context.ts";

const schemas = { input: z.object({}), output: z.object({ said: z.string() }) };

const greetIn = (retry?: RetryPolicy) =>
  activity({
    ...schemas,
    name: "test::activity::greet",
    description: "says hello",
    idempotent: true,
    ...(retry && { retry }),
    run: async (_input, services: { readonly greeting: string }) => ({ said: services.greeting }),
  });
const greet = greetIn();

const partyOf = (version: string) =>
  orchestration({
    ...schemas,
    name: "test::orchestration::party",
    version,
    description: "greets",
    uses: [greet],
    run: (ctx) => call(ctx, greet, {}),
  });
const party = partyOf("1.0");

const base = library("test", { orchestrations: [party], activities: [greet] });
const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);
const HERE = String.raw`test/unit/durable/library\.test\.ts:\d+`;

describe("library", () => {
  it("refuses two of one name, and says where both are", () => {
    expect(() => library("test", { activities: [greet, greetIn()] })).toThrow(
      new RegExp(`^library "test" has "test::activity::greet" twice: at ${HERE} and at ${HERE}$`),
    );
  });

  it("holds several versions of an orchestration, each of them once", () => {
    const both = library("test", { orchestrations: [party, partyOf("2.0")] });
    expect(both.orchestrations.map(({ version }) => version)).toEqual(["1.0", "2.0"]);
    expect(() => library("test", { orchestrations: [party, partyOf("1.0")] })).toThrow(
      new RegExp(`has "test::orchestration::party" 1.0 twice: at ${HERE} and at ${HERE}$`),
    );
  });

  it("refuses what belongs to another package", () => {
    expect(() => library("other", { orchestrations: [party] })).toThrow(
      new RegExp(`"test::orchestration::party" \\(${HERE}\\) does not belong into library "other"`),
    );
    expect(() => library("test", { overrides: [greet] })).toThrow(
      /is library "test"'s own: it overrides nothing/,
    );
  });
});

describe("provide", () => {
  it("gives two applications the same library with services of their own", async () => {
    const said = await Promise.all(
      ["hello", "hallo"].map((greeting) => {
        const [bound] = provide(base, { greeting }).activities;
        return bound!.execute({}, undefined, activityContext().context);
      }),
    );
    expect(said).toEqual([{ ok: { said: "hello" } }, { ok: { said: "hallo" } }]);
  });
});

describe("merge", () => {
  const shout = override(greet, async (input, services: { readonly volume: number }, context) => {
    const { said } = await greet.run(input, { greeting: "hello" }, context);
    return { said: said.toUpperCase() + "!".repeat(services.volume) };
  });
  const loud = library("loud", { overrides: [shout] });

  it("holds the items of both", () => {
    const other = library("other", {
      activities: [
        activity({ ...greet, name: "other::activity::wave", run: async () => ({ said: "" }) }),
      ],
    });
    const merged = merge(base, other);
    expect(merged.name).toBe("test+other");
    expect(names(merged.activities)).toEqual(["test::activity::greet", "other::activity::wave"]);
    expect(names(merged.orchestrations)).toEqual(["test::orchestration::party"]);
    expect(merged.overridden).toEqual([]);
  });

  it("lets the later of one name win, and keeps who replaced whom", async () => {
    const merged = merge(base, loud);
    const [bound, ...rest] = merged.activities;
    expect(rest).toEqual([]);
    const services = { greeting: "unused", volume: 2 };
    expect(await bound?.execute({}, services, activityContext().context)).toEqual({
      ok: { said: "HELLO!!" },
    });
    expect(merged.overridden).toEqual([
      {
        name: "test::activity::greet",
        winner: expect.stringMatching(new RegExp(`^library "loud" \\(${HERE}\\)$`)),
        loser: expect.stringMatching(new RegExp(`^library "test" \\(${HERE}\\)$`)),
      },
    ]);
  });

  it("lets the last of three win, and tells of both replacements", () => {
    const silent = library("silent", { overrides: [override(greet, async () => ({ said: "" }))] });
    const merged = merge(base, loud, silent);
    expect(merged.activities.map((item) => item.library)).toEqual(["silent"]);
    expect(merged.overridden).toHaveLength(2);
  });

  it("refuses an override with another contract, since callers follow the one that they know", () => {
    const impatient = greetIn({ attempts: 9, firstDelayMs: 1, backoff: 1, maxDelayMs: 1 });
    const wider = activity({
      ...greet,
      input: z.object({ name: z.string() }),
      run: async () => ({ said: "" }),
    });
    for (const [changed, what] of [
      [impatient, "another retry"],
      [wider, "another input"],
    ] as const) {
      expect(() => merge(base, library("other", { overrides: [changed] }))).toThrow(
        new RegExp(
          `^"test::activity::greet" of library "other" \\(${HERE}\\) cannot replace the one of library "test" \\(${HERE}\\): ${what}; make it with override\\(\\), which keeps the contract$`,
        ),
      );
    }
  });

  it("replaces an orchestration with all its versions", () => {
    const two = library("test", { orchestrations: [party, partyOf("2.0")], activities: [greet] });
    const merged = merge(two, library("other", { overrides: [partyOf("1.0"), partyOf("2.0")] }));
    expect(merged.orchestrations.map(({ library: from, version }) => `${from} ${version}`)).toEqual(
      ["other 1.0", "other 2.0"],
    );
    expect(merged.overridden).toHaveLength(1);
  });

  it("refuses an orchestration with another contract under the same version", () => {
    const other = orchestration({
      ...party,
      input: z.object({ loud: z.boolean() }),
      *run() {
        return { said: "" };
      },
    });
    expect(() => merge(base, library("other", { overrides: [other] }))).toThrow(
      /cannot replace the one of library "test" .*: another input; keep the contract, or give it another name$/,
    );
  });

  it.each([
    ["before what it replaces", () => merge(loud, base)],
    ["with its target once more after it", () => merge(base, loud, base)],
    ["beside a merge that still has its target", () => merge(merge(base, loud), merge(base))],
  ])("refuses an override that comes %s, and so would be replaced itself", (_when, merging) => {
    expect(merging).toThrow(
      new RegExp(
        `^"test::activity::greet" of library "loud" \\(${HERE}\\) is to replace the one of library "test" \\(${HERE}\\) and would be replaced by it: merge its library after that one$`,
      ),
    );
  });

  it("does not let two overrides of nothing satisfy each other", () => {
    const quiet = library("quiet", { overrides: [override(greet, async () => ({ said: "" }))] });
    expect(merge(loud, quiet).activities.map(({ overrides }) => overrides)).toEqual([true]);
  });

  it("does not mind the order in which a contract's fields are written", () => {
    const policy = { attempts: 2, firstDelayMs: 1, backoff: 2, maxDelayMs: 3 };
    const turned = { maxDelayMs: 3, backoff: 2, firstDelayMs: 1, attempts: 2 };
    const one = library("test", { activities: [greetIn(policy)] });
    const merged = merge(one, library("other", { overrides: [greetIn(turned)] }));
    expect(merged.overridden).toHaveLength(1);
  });

  it("refuses an orchestration that leaves instances in flight without their version", () => {
    expect(() => merge(base, library("other", { overrides: [partyOf("2.0")] }))).toThrow(
      /"test::orchestration::party" of library "other" .* cannot replace the one of library "test" .* without a version 1.0: instances that began on it would find nothing to go on with; list that version, too$/,
    );
    const both = library("other", { overrides: [party, partyOf("2.0")] });
    expect(merge(base, both).orchestrations.map(({ version }) => version)).toEqual(["1.0", "2.0"]);
  });
});

describe("pick", () => {
  it("keeps what is named", () => {
    const picked = pick(base, ["test::activity::greet"]);
    expect(names(picked.activities)).toEqual(["test::activity::greet"]);
    expect(picked.orchestrations).toEqual([]);
  });

  it("says what there is when it is asked for something else", () => {
    expect(() => pick(base, ["test::activity::gret"])).toThrow(
      'library "test" has no "test::activity::gret"; it has "test::activity::greet", "test::orchestration::party"',
    );
  });
});
