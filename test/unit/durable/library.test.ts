import { InvocationContext } from "@azure/functions";
import type { ActivityOptions, OrchestrationOptions } from "durable-functions";
import { z } from "zod";
import { activity } from "../../../src/durable/activity.ts";
import { library, register, type DurableApp } from "../../../src/durable/library.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { call } from "../../../src/durable/steps.ts";
import { hostClientInput } from "../../support/durable-service.ts";

const schemas = { input: z.object({}), output: z.object({ said: z.string() }) };

const greet = activity({
  ...schemas,
  name: "test::activity::greet",
  description: "says hello",
  idempotent: true,
  run: async (_input, services: { readonly greeting: string }, context) => {
    const status = await context.durable.status("someone").then(String, () => "unknown");
    return { said: `${services.greeting}, ${context.orchestrationId} is ${status}` };
  },
});

const party = orchestration({
  ...schemas,
  name: "test::orchestration::party",
  version: "1.0",
  description: "greets",
  uses: [greet],
  run: (ctx) => call(ctx, greet, {}),
});

class RecordedApp implements DurableApp {
  readonly names: string[] = [];
  readonly activities: ActivityOptions[] = [];

  activity(name: string, options: ActivityOptions): void {
    this.names.push(name);
    this.activities.push(options);
  }

  orchestration(name: string, { handler }: OrchestrationOptions): void {
    expect(handler).toBe(party.handler);
    this.names.push(name);
  }
}

describe("library", () => {
  it("refuses two of one name", () => {
    expect(() => library("test", { orchestrations: [], activities: [greet, greet] })).toThrow(
      'library "test" has "test::activity::greet" twice',
    );
  });

  it("refuses what belongs to another package", () => {
    expect(() => library("other", { orchestrations: [party], activities: [] })).toThrow(
      '"test::orchestration::party" does not belong into library "other"',
    );
  });
});

describe("register", () => {
  const whole = library("test", { orchestrations: [party], activities: [greet] });

  it("puts everything on the app under names that the host accepts", () => {
    const app = new RecordedApp();
    register(whole, { greeting: "hello" }, { app });
    expect(app.names).toEqual(["test_orchestration_party", "test_activity_greet"]);
  });

  it("hands its services and the invocation's facts to an activity", async () => {
    const app = new RecordedApp();
    register(whole, { greeting: "hello" }, { app });
    const { handler, extraInputs = [] } = app.activities[0]!;
    const lines: string[] = [];
    const context = new InvocationContext({
      functionName: "test_activity_greet",
      triggerMetadata: { instanceId: "party-1" },
      options: { extraInputs },
      logHandler: (_level, ...args) => lines.push(args.map(String).join(" ")),
    });
    context.extraInputs.set(extraInputs[0]!, hostClientInput("http://127.0.0.1:9/"));
    expect(await handler({}, context)).toEqual({ ok: { said: "hello, party-1 is unknown" } });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual(
      expect.objectContaining({ event: "step.ended", orchestrationId: "party-1", outcome: "ok" }),
    );
  });

  it("answers in an envelope even when the host gives it neither an id nor a client", async () => {
    const app = new RecordedApp();
    register(whole, { greeting: "hello" }, { app });
    const { handler } = app.activities[0]!;
    const context = new InvocationContext({
      functionName: "test_activity_greet",
      logHandler: () => undefined,
    });
    expect(await handler({}, context)).toMatchObject({ error: { code: "internal" } });
  });

  it("refuses to start without an activity that an orchestration uses", () => {
    const torn = library("test", { orchestrations: [party], activities: [] });
    expect(() => register(torn, {}, { app: new RecordedApp() })).toThrow(
      'library "test" is not complete, it lacks "test::activity::greet" (used by "test::orchestration::party")',
    );
  });

  it("takes durable-functions' own app when it is given none", () => {
    // Outside a host the library says once that nothing will be registered.
    expect(() =>
      register(library("test", { orchestrations: [], activities: [] }), {}),
    ).not.toThrow();
  });
});
