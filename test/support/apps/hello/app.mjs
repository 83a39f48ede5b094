import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { app } from "@azure/functions";
import * as df from "durable-functions";

/** The file that gets a line for each time that something is done. */
const effects = process.env.HELLO_EFFECTS;
const effect = (line) => effects && appendFileSync(effects, `${line}\n`);

/** The folder with one file a step: done twice is done once. */
const steps = process.env.HELLO_STEPS;

app.hook.appStart(() => effect("appStart"));
app.hook.appTerminate(() => effect("appTerminate"));
app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName === "hooked") context.inputs[0] = "changed";
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName === "hooked")
    context.result = { jsonBody: context.inputs[0] };
});
app.hook.log((context) => {
  if (context.message === "quiet") context.level = "none";
  context.message = context.message.replace("hush", "***");
});
app.http("hooked", { methods: ["GET"], authLevel: "anonymous", handler: () => undefined });

app.http("start", {
  route: "orchestrators/{name}",
  methods: ["POST"],
  authLevel: "anonymous",
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const text = await request.text();
    const id = await client.startNew(request.params.name, {
      input: text === "" ? undefined : JSON.parse(text),
      instanceId: request.query.get("id") ?? undefined,
    });
    return client.createCheckStatusResponse(request, id);
  },
});

const echo = async (request, context) => {
  context.log({ path: request.params }, "seen");
  return {
    status: 201,
    headers: { "x-echo": request.headers.get("x-say") ?? "" },
    cookies: [{ name: "a", value: "b c", sameSite: "Lax", httpOnly: true }],
    jsonBody: {
      params: request.params,
      query: Object.fromEntries(request.query),
      method: request.method,
      body: await request.text(),
    },
  };
};
app.http("echo", {
  route: "echo/{id}/{more?}",
  methods: ["GET", "POST"],
  authLevel: "anonymous",
  handler: echo,
});
app.http("files", {
  route: "files/{*rest}",
  methods: ["GET"],
  authLevel: "anonymous",
  handler: echo,
});
app.http("a-first", {
  route: "which/{any}",
  methods: ["GET"],
  authLevel: "anonymous",
  handler: () => ({ body: "a" }),
});
app.http("b-second", {
  route: "which/one",
  methods: ["GET"],
  authLevel: "anonymous",
  handler: () => ({ body: "b" }),
});
app.http("nothing", { methods: ["GET"], authLevel: "anonymous", handler: () => undefined });
app.http("broken", {
  methods: ["GET"],
  authLevel: "anonymous",
  handler: () => {
    throw new Error("boom http");
  },
});
app.http("keyed", {
  methods: ["GET"],
  authLevel: "function",
  handler: () => ({ jsonBody: { ok: true } }),
});
app.http("master", {
  methods: ["GET"],
  authLevel: "admin",
  handler: () => ({ jsonBody: { ok: true } }),
});
app.http("bad.name", {
  methods: ["GET"],
  authLevel: "anonymous",
  handler: () => ({ body: "never" }),
});

app.timer("tick", {
  schedule: "0 0 0 1 1 *",
  runOnStartup: true,
  handler: (timer) =>
    effect(`tick ${JSON.stringify(timer.isPastDue)} ${Object.keys(timer.scheduleStatus)}`),
});

df.app.activity("say", {
  handler: (input, context) => {
    context.info("saying", input);
    return `Hello ${input}`;
  },
});
df.app.activity("fail", {
  handler: (input) => {
    throw new Error(`activity failed for ${input}`);
  },
});
df.app.activity("record", {
  handler: ({ step }) => {
    effect(step);
    mkdirSync(steps, { recursive: true });
    writeFileSync(join(steps, step), "done\n");
    return { step };
  },
});
df.app.orchestration("seq", function* (context) {
  const said = [];
  for (const name of ["A", "B", "C"]) said.push(yield context.df.callActivity("say", name));
  return said;
});
df.app.orchestration("steps", function* (context) {
  const done = [];
  for (const step of ["one", "two", "three"]) {
    done.push((yield context.df.callActivity("record", { step })).step);
  }
  return done;
});
df.app.orchestration("timer", function* (context) {
  const { milliseconds } = context.df.getInput();
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + milliseconds));
  return "fired";
});
df.app.orchestration("approve", function* (context) {
  const approval = yield context.df.waitForExternalEvent("Approval");
  return { approval };
});
df.app.orchestration("failing", function* (context) {
  return yield context.df.callActivity("fail", "x");
});
