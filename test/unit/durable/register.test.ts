import { InvocationContext } from "@azure/functions";
import type { ActivityOptions, OrchestrationOptions } from "durable-functions";
import { z } from "zod";
import { activity, override } from "../../../src/durable/activity.ts";
import { library, merge, pick } from "../../../src/durable/library.ts";
import { jsonLog } from "../../../src/durable/log.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { register, type DurableApp } from "../../../src/durable/register.ts";
import { call } from "../../../src/durable/steps.ts";
import { drive } from "../../support/drive.ts";
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

const quietParty = orchestration({
  ...party,
  version: "2.0",
  *run() {
    return { said: "nothing" };
  },
});

class RecordedApp implements DurableApp {
  readonly names: string[] = [];
  readonly activities: ActivityOptions[] = [];
  readonly orchestrations: OrchestrationOptions[] = [];

  activity(name: string, options: ActivityOptions): void {
    this.names.push(name);
    this.activities.push(options);
  }

  orchestration(name: string, options: OrchestrationOptions): void {
    this.names.push(name);
    this.orchestrations.push(options);
  }
}

const whole = library("test", { orchestrations: [party], activities: [greet] });
const both = library("test", { orchestrations: [quietParty, party], activities: [greet] });
const services = { greeting: "hello" };
const HERE = String.raw`test/unit/durable/register\.test\.ts:\d+`;

function registered(of: typeof whole, defaultVersion: string | undefined = "1.0"): RecordedApp {
  const app = new RecordedApp();
  register(of, services, { defaultVersion, app });
  return app;
}

describe("register", () => {
  it("puts everything on the app under names that the host accepts", () => {
    expect(registered(whole).names).toEqual(["test_orchestration_party", "test_activity_greet"]);
  });

  it("hands its services and the invocation's facts to an activity", async () => {
    const { handler, extraInputs = [] } = registered(whole).activities[0]!;
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
    const { handler } = registered(whole).activities[0]!;
    const context = new InvocationContext({
      functionName: "test_activity_greet",
      logHandler: () => undefined,
    });
    expect(await handler({}, context)).toMatchObject({ error: { code: "internal" } });
  });

  it("tells the log who replaced whom", () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const loud = override(greet, async () => ({ said: "HELLO" }));
    register(merge(whole, library("loud", { overrides: [loud] })), services, {
      defaultVersion: "1.0",
      app: new RecordedApp(),
      log: jsonLog({ info: write, warn: write, error: write }),
    });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        level: "info",
        event: "library.overridden",
        name: "test::activity::greet",
        winner: expect.stringMatching(new RegExp(`^library "loud" \\(${HERE}\\)$`)),
        loser: expect.stringMatching(new RegExp(`^library "test" \\(${HERE}\\)$`)),
      },
    ]);
  });

  it("takes durable-functions' own app when it is given none", () => {
    // Outside a host the library says once that nothing will be registered.
    expect(() => register(library("test", {}), {}, { defaultVersion: undefined })).not.toThrow();
  });
});

describe("register refuses to start", () => {
  it("without an activity that an orchestration uses, and says where both are", () => {
    const torn = pick(whole, ["test::orchestration::party"]);
    expect(() => registered(torn)).toThrow(
      new RegExp(
        `^library "test" is not complete, it lacks "test::activity::greet" \\(${HERE}\\), used by "test::orchestration::party" 1.0 of library "test" \\(${HERE}\\)$`,
      ),
    );
  });

  it("without an orchestration that another one uses", () => {
    const host = orchestration({
      ...party,
      name: "test::orchestration::host",
      uses: [party],
      *run() {
        return { said: "" };
      },
    });
    const torn = library("test", { orchestrations: [host] });
    expect(() => register(torn, {}, { defaultVersion: "1.0", app: new RecordedApp() })).toThrow(
      /it lacks "test::orchestration::party" .*, used by "test::orchestration::host" 1.0 of library/,
    );
  });

  it("without a version of a sub-orchestration that a parent of an older version can call", () => {
    const parent = orchestration({
      ...party,
      name: "test::orchestration::parent",
      version: "1.0",
      uses: [quietParty],
      *run() {
        return { said: "" };
      },
    });
    const torn = library("test", { orchestrations: [parent, quietParty] });
    expect(() => register(torn, {}, { defaultVersion: "2.0", app: new RecordedApp() })).toThrow(
      /it lacks a version of "test::orchestration::party" that is not newer than 1.0 .*, used by "test::orchestration::parent" 1.0/,
    );
  });

  it("without an orchestration that an activity starts", () => {
    const starter = activity({ ...greet, uses: [party], run: async () => ({ said: "" }) });
    const torn = library("test", { activities: [starter] });
    expect(() => register(torn, {}, { defaultVersion: undefined, app: new RecordedApp() })).toThrow(
      /it lacks "test::orchestration::party" .*, used by "test::activity::greet" of library "test"/,
    );
  });

  it("with an override that replaced nothing", () => {
    const idle = library("loud", { overrides: [override(greet, async () => ({ said: "" }))] });
    expect(() => register(idle, {}, { defaultVersion: undefined, app: new RecordedApp() })).toThrow(
      new RegExp(
        `^"test::activity::greet" of library "loud" \\(${HERE}\\) overrides nothing: merge its library after the one that has this name$`,
      ),
    );
  });

  it.each([
    ["1.0", 'is "1.0"'],
    ["3.0", 'is "3.0"'],
    [undefined, "is not set"],
  ])("with two versions and the default version %s", (defaultVersion, found) => {
    const app = new RecordedApp();
    expect(() => register(both, services, { defaultVersion, app })).toThrow(
      new RegExp(
        `^host.json's extensions.durableTask.defaultVersion ${found}, and the highest version is "2.0", of "test::orchestration::party" \\(${HERE}\\): set it to "2.0"$`,
      ),
    );
    expect(app.names).toEqual([]);
  });
});

describe("an orchestration with two versions", () => {
  const [options, ...others] = registered(both, "2.0").orchestrations;
  const asRegistered = { ...party, handler: options!.handler };
  const answers = { "test::activity::greet": () => ({ said: "hello" }) };

  it("is one function", () => {
    expect(others).toEqual([]);
  });

  it.each([
    { version: "1.0", said: "hello" },
    { version: "2.0", said: "nothing" },
    { version: undefined, said: "hello" },
  ])("says $said for an instance that began on $version", async ({ version, said }) => {
    const driven = await drive(asRegistered, {}, answers, { ...(version && { version }) });
    expect(driven.result).toEqual({ said });
  });

  it("fails an instance that began before the oldest one", async () => {
    const driven = await drive(asRegistered, {}, answers, { version: "0.9" });
    expect(driven.error).toMatchObject({
      code: "version-unknown",
      message:
        'this instance began on version "0.9", for which there is no implementation: there are "1.0", "2.0"',
    });
  });
});
