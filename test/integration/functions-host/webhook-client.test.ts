import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { z } from "zod";
import { webhookClient, type DurableClient } from "../../../src/durable/client.ts";
import type { OrchestrationContract } from "../../../src/durable/orchestration.ts";
import {
  eventually,
  launchHost,
  throwawayApp,
  type HostProcess,
} from "../../support/functions-host.ts";

/** What the caller of an app knows of it. */
const echo = {
  kind: "orchestration",
  name: "test::orchestration::echo",
  version: "1.0",
  description: "says what it heard, once it heard more",
  input: z.object({ word: z.string() }),
  output: z.object({ word: z.string(), more: z.string(), version: z.string().nullable() }),
} satisfies OrchestrationContract<z.ZodObject, z.ZodObject>;

const failing = {
  ...echo,
  name: "test::orchestration::failing",
  description: "is refused",
} satisfies OrchestrationContract<z.ZodObject, z.ZodObject>;

const APP = `import * as df from "durable-functions";
df.app.orchestration("test_orchestration_echo", function* (context) {
  const { word } = context.df.getInput();
  context.df.setCustomStatus({ heard: word });
  const { more } = yield context.df.waitForExternalEvent("more");
  return { word, more, version: context.df.version ?? null };
});
df.app.orchestration("test_orchestration_failing", function* (context) {
  throw new Error("name-taken: there is one of this name");
});`;

const folder = mkdtempSync(join(tmpdir(), "toygres-webhook-client-"));
const app = throwawayApp({
  "app.js": APP,
  "host.json": JSON.stringify({
    version: "2.0",
    extensions: { durableTask: { defaultVersion: "1.0" } },
  }),
});
let open: HostProcess;
let keyed: HostProcess;
let key: string;

/** A host that asks for keys, which it keeps in a folder of this name, and the system key among them. */
async function launchKeyed(name: string) {
  const data = join(folder, name);
  const host = await launchHost({ app: app.folder, args: ["--data", data, "--enable-auth"] });
  const keys: unknown = JSON.parse(readFileSync(join(data, "keys.json"), "utf8"));
  return { host, key: z.object({ system: z.string() }).parse(keys).system };
}

beforeAll(async () => {
  open = await launchHost({ app: app.folder });
  ({ host: keyed, key } = await launchKeyed("keyed"));
});

afterAll(async () => {
  await Promise.all([open.stop(), keyed.stop()]);
  app.remove();
  rmSync(folder, { recursive: true });
});

describe.each([
  {
    what: "that asks for no key",
    clientOf: () => webhookClient({ url: open.url, pollMs: 20 }),
  },
  {
    what: "that asks for keys",
    clientOf: () => webhookClient({ url: `${keyed.url}/`, key, pollMs: 20 }),
  },
])("the client over webhooks and a host $what", ({ clientOf }) => {
  let client: DurableClient;

  beforeAll(() => {
    client = clientOf();
  });

  /** Waits until the instance waits for its event. */
  const heard = (id: string) =>
    eventually(`"${id}" has heard the word`, 5000, async () => {
      const status = await client.status(id);
      return status?.customStatus === null ? undefined : status;
    });

  it("starts an orchestration once, and waits for what becomes of it", async () => {
    const started = await client.start(echo, { word: "one" }, { id: "whole" });
    expect(started.outcome).toBe("started");
    expect(await heard("whole")).toMatchObject({
      id: "whole",
      name: "test::orchestration::echo",
      state: "Running",
      createdAt: expect.any(Date),
      customStatus: { heard: "one" },
    });
    expect((await client.start(echo, { word: "two" }, { id: "whole" })).outcome).toBe(
      "already-started",
    );
    await expect(client.wait(started.handle, 1)).rejects.toMatchObject({ code: "deadline-passed" });
    await expect(client.purge("whole")).rejects.toMatchObject({
      message: 'the durable service refused "purge" with status 412',
    });

    expect(await client.raise("whole", "more", { more: "three" })).toBe(true);
    const output = { word: "one", more: "three", version: "1.0" };
    expect(await client.wait(started.handle, 10_000)).toMatchObject({ state: "Completed", output });
    expect(await client.status(started.handle)).toMatchObject({ output });
    expect(await client.raise("whole", "more")).toBe(true);
    expect(await client.purge("whole")).toBe(true);
    expect(await client.status("whole")).toBeUndefined();
  });

  it("starts one on the version that it is asked for", async () => {
    const { handle } = await client.start(echo, { word: "a" }, { id: "versioned", version: "1.0" });
    await heard("versioned");
    await client.raise("versioned", "more", { more: "b" });
    expect(await client.wait(handle, 10_000)).toMatchObject({ output: { version: "1.0" } });
  });

  it("terminates an orchestration, with the reason as it was given", async () => {
    const { handle } = await client.start(echo, { word: "a" }, { id: "unwanted" });
    const reason = "deleted: a&b=c #1 ü?";
    expect(await client.terminate("unwanted", reason)).toBe(true);
    expect(await client.wait(handle, 10_000)).toMatchObject({ state: "Terminated", reason });
    expect(await client.terminate("unwanted", "again")).toBe(true);
    const again = await client.start(echo, { word: "b" }, { id: "unwanted" });
    expect(again.outcome).toBe("started");
  });

  it("gives the typed error of an orchestration that failed", async () => {
    const { handle } = await client.start(failing, { word: "a" }, { id: "failed" });
    expect(await client.wait(handle, 10_000)).toMatchObject({
      state: "Failed",
      error: { code: "name-taken", message: "there is one of this name" },
    });
  });

  it("knows of nothing that is not there", async () => {
    expect(await client.status("none")).toBeUndefined();
    expect(await client.terminate("none", "because")).toBe(false);
    expect(await client.raise("none", "more")).toBe(false);
    expect(await client.purge("none")).toBe(false);
  });
});

describe("the key of a host that asks for keys", () => {
  it.each([
    ["missing", undefined],
    ["wrong", "wrong"],
  ])("is said to be missing or wrong, and nothing is done, when it is %s", async (_, wrong) => {
    const stranger = webhookClient({ url: keyed.url, key: wrong });
    for (const call of [
      () => stranger.start(echo, { word: "a" }, { id: "stranger" }),
      () => stranger.status("stranger"),
      () => stranger.terminate("stranger", "because"),
      () => stranger.raise("stranger", "more"),
      () => stranger.purge("stranger"),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: "durable-unavailable",
        message: expect.stringMatching(/with status 401: the system key is missing or wrong$/),
        retryable: false,
      });
    }
    const client = webhookClient({ url: keyed.url, key });
    expect(await client.status("stranger")).toBeUndefined();
  });

  it("is in no error, and in no line that the host prints", async () => {
    const { host, key: its } = await launchKeyed("quiet");
    const client = webhookClient({ url: host.url, key: its });
    const errors: unknown[] = [];
    try {
      await client.start(echo, { word: "a" }, { id: "quiet" });
      errors.push(await client.purge("quiet").catch((error: unknown) => error));
    } finally {
      await host.stop();
    }
    errors.push(await client.status("quiet").catch((error: unknown) => error));
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/with status 412$/) }),
      expect.objectContaining({ message: expect.stringMatching(/is not reachable at its url/) }),
    ]);
    expect(inspect(errors, { depth: 10, showHidden: true })).not.toContain(its);
    expect(host.lines.join("\n")).toContain("test_orchestration_echo");
    expect(host.lines.join("\n")).not.toContain(its);
    expect(keyed.lines.join("\n")).not.toContain(key);
  });
});
