import { z } from "zod";
import { DomainError, type ErrorEnvelope } from "../../../src/domain/errors.ts";
import { activity } from "../../../src/durable/activity.ts";
import { unwrap } from "../../../src/durable/envelope.ts";
import { activityContext } from "../../support/activity-context.ts";

interface Services {
  readonly greet: (who: string) => Promise<string>;
}

const greet = activity({
  name: "test::activity::greet",
  description: "says hello",
  idempotent: true,
  input: z.object({ instanceId: z.string().optional(), who: z.string().default("world") }),
  output: z.object({ said: z.string() }),
  run: async ({ who }, services: Services) => ({ said: await services.greet(who) }),
});

const polite: Services = { greet: async (who) => `hello ${who}` };
const refusing = (error: unknown): Services => ({
  greet: () => {
    throw error;
  },
});

describe("an activity under a host", () => {
  it("answers with its result in an envelope, defaults filled", async () => {
    const { context } = activityContext();
    expect(await greet.execute({}, polite, context)).toEqual({ ok: { said: "hello world" } });
  });

  it("logs its start and end with the ids it is for", async () => {
    const { context, lines } = activityContext();
    await greet.execute({ instanceId: "i-1", operationId: "o-1" }, polite, context);
    const facts = {
      level: "info",
      activity: "test::activity::greet",
      instanceId: "i-1",
      operationId: "o-1",
    };
    expect(lines).toEqual([
      { event: "step.started", ...facts },
      { event: "step.ended", ...facts, outcome: "ok", ms: expect.any(Number) as unknown },
    ]);
  });

  it("answers with a typed error that survives the way whole", async () => {
    const { context } = activityContext();
    const error = new DomainError("foreign-object", 'belongs to "é€"', {
      details: { kind: "Secret", n: null },
    });
    const answer: unknown = JSON.parse(
      JSON.stringify(await greet.execute({}, refusing(error), context)),
    );
    expect(answer).toEqual({
      error: {
        code: "foreign-object",
        message: 'belongs to "é€"',
        retryable: false,
        details: { kind: "Secret", n: null },
      },
    });
    expect(() => unwrap(answer, greet.name)).toThrow(error);
  });

  it.each([new TypeError("password=hunter2"), "password=hunter2", null])(
    "keeps the text of a foreign error (%#) to itself",
    async (error) => {
      const { context, lines } = activityContext();
      const answer = await greet.execute({}, refusing(error), context);
      expect(answer).toEqual({
        error: {
          code: "internal",
          message: '"test::activity::greet" failed unexpectedly; its log says where',
          retryable: true,
        },
      });
      expect(JSON.stringify(lines)).not.toContain("hunter2");
      expect(lines.at(-1)).toMatchObject({
        level: "warn",
        event: "step.ended",
        outcome: "internal",
      });
    },
  );

  it("names the field of an input that it refuses", async () => {
    const { context } = activityContext();
    expect(await greet.execute({ who: 5 }, polite, context)).toEqual({
      error: {
        code: "invalid-input",
        message:
          'input of "test::activity::greet" is invalid: "who": Invalid input: expected string, received number',
        retryable: false,
        details: { fields: ["who"] },
      },
    });
  });

  it("refuses an input that is no object", async () => {
    const { context } = activityContext();
    for (const input of [undefined, null, "True", 5]) {
      expect(await greet.execute(input, polite, context)).toMatchObject({
        error: { code: "invalid-input" },
      });
    }
  });

  it("is given up, as lost, when its time is over", async () => {
    const aborted = new AbortController();
    const { context } = activityContext({ signal: aborted.signal });
    const answer = greet.execute({}, { greet: () => new Promise(() => undefined) }, context);
    aborted.abort();
    expect(await answer).toMatchObject({ error: { code: "activity-lost", retryable: true } });
    expect(await greet.execute({}, polite, context)).toMatchObject({
      error: { code: "activity-lost" },
    });
  });
});

describe("an activity called by hand", () => {
  it("gives its result, or throws", async () => {
    const { context } = activityContext();
    expect(await greet.run({ who: "Ada" }, polite, context)).toEqual({ said: "hello Ada" });
    const error = new DomainError("cluster-unavailable", "the cluster is away");
    await expect(greet.run({}, refusing(error), context)).rejects.toBe(error);
  });

  it("refuses a result that is not what its schema says", async () => {
    const wrong = activity({
      name: "test::activity::wrong",
      description: "answers nonsense",
      idempotent: true,
      input: z.object({}),
      output: z.object({ port: z.int().max(65_535) }),
      run: async () => ({ port: 70_000 }),
    });
    const { context } = activityContext();
    await expect(wrong.run({}, {}, context)).rejects.toMatchObject({
      code: "invalid-output",
      message: expect.stringContaining(
        'output of "test::activity::wrong" is invalid: "port"',
      ) as unknown,
    });
  });
});

describe("an envelope", () => {
  it.each([
    null,
    undefined,
    "ok",
    {},
    { ok: 5 },
    { error: { code: "no-such-code", message: "", retryable: true } },
  ])("is missing in %j", (answer) => {
    expect(() => unwrap(answer, "test::activity::greet")).toThrow(
      '"test::activity::greet" did not answer with an envelope',
    );
  });

  it("carries an error without details, too", () => {
    const error: ErrorEnvelope = { code: "canceled", message: "was canceled", retryable: false };
    expect(() => unwrap({ error }, "x")).toThrow(DomainError.fromEnvelope(error));
  });
});
