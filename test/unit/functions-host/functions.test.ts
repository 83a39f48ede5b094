import type { Binding } from "../../../local/functions-host/worker/core.ts";
import { sortFunctions } from "../../../local/functions-host/worker/functions.ts";

function registered(name: string, trigger: Record<string, unknown>, ...others: string[]) {
  const binding = (type: string, options: object = {}): Binding => ({
    type,
    name: type,
    direction: type.endsWith("Trigger") ? "in" : "out",
    ...options,
  });
  const all = [binding(String(trigger["type"]), trigger), ...others.map((type) => binding(type))];
  return {
    metadata: { name, bindings: Object.fromEntries(all.map((one) => [one.name, one])) },
    handler: () => undefined,
  };
}

function sort(...functions: ReturnType<typeof registered>[]) {
  return sortFunctions(functions, "", { EVERY: "0 * * * * *" });
}

describe("the functions of an app", () => {
  it.each(["toygres_activity_deploy-postgres", "a", "create-instance_v2", "x".repeat(128), "end-"])(
    "may be called %s",
    (name) => {
      expect(sort(registered(name, { type: "activityTrigger" })).inError).toEqual([]);
    },
  );

  it.each(["a:b", "a.b", "a b", "a@b", "é", "1a", "-a", "_a", "x".repeat(129)])(
    "are left out, with the real host's words, when they are called %s",
    (name) => {
      const { functions, inError } = sort(registered(name, { type: "activityTrigger" }));
      expect(functions).toEqual([]);
      expect(inError).toEqual([
        {
          name,
          reason: `The '${name}' function is in error: '${name}' is not a valid function name.`,
        },
      ]);
    },
  );

  it("stand in the order of their names, which is the order of their routes", () => {
    const { functions } = sort(
      registered("b", { type: "httpTrigger" }),
      registered("A", { type: "timerTrigger", schedule: "%EVERY%" }),
      registered("c", { type: "orchestrationTrigger" }),
    );
    expect(functions.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "A timer",
      "b http",
      "c orchestrator",
    ]);
  });

  it("are in error when a setting or a schedule is wrong", () => {
    const { inError } = sort(
      registered("missing", { type: "timerTrigger", schedule: "%NOBODY%" }),
      registered("wrong", { type: "timerTrigger", schedule: "often" }),
    );
    expect(inError.map(({ reason }) => reason)).toEqual([
      "The 'missing' function is in error: Unable to index method. '%NOBODY%' does not resolve to a value.",
      expect.stringMatching(/^The 'wrong' function is in error: The schedule expression 'often'/),
    ]);
  });

  it("are not run when their setting disables them", () => {
    const { functions, inError } = sortFunctions(
      [registered("off", { type: "activityTrigger" })],
      "",
      { "AzureWebJobs.off.Disabled": "true" },
    );
    expect(functions).toEqual([]);
    expect(inError[0]?.reason).toBe("Function 'off' is disabled via settings.");
  });

  it.each([
    ["a queue trigger", registered("f", { type: "queueTrigger" }), /f.*queueTrigger is not supp/],
    ["an entity", registered("f", { type: "entityTrigger" }), /entityTrigger is not supported/],
    [
      "a blob output",
      registered("f", { type: "httpTrigger" }, "http", "blob"),
      /output binding blob is not supported/,
    ],
    [
      "a route constraint",
      registered("f", { type: "httpTrigger", route: "a/{b:guid}" }),
      /constraint/,
    ],
    [
      "a retry policy",
      { ...registered("f", { type: "timerTrigger" }) },
      /retry policies of the host are not supported/,
    ],
  ])("refuse to start with %s, in one sentence", (what, fn, why) => {
    const metadata = what.includes("retry")
      ? { ...fn.metadata, retryOptions: { maxRetryCount: 3 } }
      : fn.metadata;
    expect(() => sort({ ...fn, metadata })).toThrow(why);
  });
});
