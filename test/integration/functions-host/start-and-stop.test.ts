import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, launchHost, refusedHost, throwawayApp } from "../../support/functions-host.ts";

const folder = mkdtempSync(join(tmpdir(), "toygres-host-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function withApp<T>(
  files: Readonly<Record<string, string>>,
  use: (app: string) => Promise<T>,
): Promise<T> {
  const app = throwawayApp(files);
  try {
    return await use(app.folder);
  } finally {
    app.remove();
  }
}

const refusalOf = (app: string) => refusedHost({ app, args: ["--port", "0"] });

describe("the start of the functions host", () => {
  it("refuses a port in use with one sentence that names it", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await new Promise((ready) => squatter.once("listening", ready));
    const { port } = squatter.address() as AddressInfo;
    const { code, said } = await refusedHost({ args: ["--port", String(port)] });
    squatter.close();
    expect(code).toBe(1);
    expect(said).toBe(
      `functions-host: port ${port} of 127.0.0.1 is in use: stop what listens there, or choose another with --port`,
    );
  });

  it.each([
    [
      "an entry point that throws",
      { "app.js": "throw new Error('no config');" },
      /Worker was unable to load entry point "app.js": no config/,
    ],
    [
      "a main that is not there",
      { "package.json": '{"main":"dist/*.js"}' },
      /zero files matching the "main" of package.json, "dist\/\*.js"/,
    ],
    [
      "a broken host.json",
      { "host.json": "{", "app.js": "" },
      /host.json is not a valid host.json/,
    ],
    [
      "HTTP streaming",
      {
        "app.js":
          "import { app } from '@azure/functions'; app.setup({ enableHttpStream: true }); app.http('a', { handler: () => ({}) });",
      },
      /enableHttpStream: true \}\) is not supported by the local functions host/,
    ],
    [
      "a queue trigger",
      {
        "app.js":
          "import { app } from '@azure/functions'; app.storageQueue('q', { queueName: 'x', connection: 'y', handler: () => {} });",
      },
      /function "q": queueTrigger is not supported by the local functions host/,
    ],
    [
      "an entity",
      { "app.js": "import * as df from 'durable-functions'; df.app.entity('e', () => {});" },
      /function "e": entityTrigger is not supported/,
    ],
    [
      "two functions of one name",
      {
        "app.js":
          "import { app } from '@azure/functions'; for (const _ of [1, 2]) app.get('a', () => ({}));",
      },
      /A function with id "a" has already been registered/,
    ],
  ])("refuses %s with a sentence and ends", async (_, files, why) => {
    const { code, said } = await withApp(files, refusalOf);
    expect(code).toBe(1);
    expect(said).toMatch(why);
  });

  it("loads CommonJS by a glob, in order, from the app's folder with its settings", async () => {
    const files = {
      "package.json": '{"main":"fn-*.js"}',
      "local.settings.json":
        '{"IsEncrypted":false,"Values":{"FROM_FILE":"file","FROM_ENV":"file","NULL":null}}',
      "fn-a.js": "globalThis.order = ['a'];",
      "fn-b.js": `const { app } = require('@azure/functions');
        app.get('seen', () => ({ jsonBody: [globalThis.order, process.cwd() === __dirname,
          process.env.FROM_FILE, process.env.FROM_ENV, process.env.WEBSITE_HOSTNAME,
          'FUNCTIONS_HOST_STORE_URL' in process.env] }));`,
    };
    await withApp(files, async (app) => {
      const host = await launchHost({
        app,
        env: { FROM_ENV: "env", FUNCTIONS_HOST_STORE_URL: "x" },
      });
      const seen = await fetch(`${host.url}/api/seen`);
      expect(await seen.json()).toEqual([
        ["a"],
        true,
        "file",
        "env",
        new URL(host.url).host,
        false,
      ]);
      expect(await host.stop()).toBe(0);
      expect(host.lines.join("\n")).toContain("Skipping 'FROM_ENV' from local settings");
    });
  });

  it("closes registration: a function that comes later is refused", async () => {
    const code = `import { app } from '@azure/functions';
      app.get('late', () => { try { app.get('x', () => ({})); } catch (e) { return { body: e.message }; } });`;
    await withApp({ "app.js": code }, async (app) => {
      const host = await launchHost({ app });
      const late = await fetch(`${host.url}/api/late`);
      expect(await late.text()).toContain("A function can only be registered during app startup.");
      await host.stop();
    });
  });

  it("serves at the root when the prefix is empty, without a landing page when it is off", async () => {
    const files = {
      "host.json": '{"version":"2.0","extensions":{"http":{"routePrefix":""}}}',
      "app.js":
        "import { app } from '@azure/functions'; app.get('health', () => ({ body: 'well' })); console.log('hello\\nfrom the app');",
    };
    await withApp(files, async (app) => {
      const host = await launchHost({
        app,
        args: ["--json-logs"],
        env: { AzureWebJobsDisableHomepage: "true" },
      });
      expect(await (await fetch(`${host.url}/health`)).text()).toBe("well");
      expect((await fetch(host.url)).status).toBe(204);
      await host.stop();
      expect(JSON.parse(host.lines[0] ?? "")).toMatchObject({
        level: "information",
        category: "Host.Function.Console",
        text: "hello\nfrom the app",
      });
    });
  });
});

describe("the end of the functions host", () => {
  it("by a signal runs the app's hooks and is 0; a timer ran at its start", async () => {
    const effects = join(folder, "effects");
    const host = await launchHost({ env: { HELLO_EFFECTS: effects } });
    const lines = () => (existsSync(effects) ? readFileSync(effects, "utf8").split("\n") : []);
    await eventually("the timer has run", 5000, async () =>
      lines().find((line) => line.startsWith("tick")),
    );
    expect(await host.stop()).toBe(0);
    expect(lines()).toEqual(["appStart", "tick false last,lastUpdated,next", "appTerminate", ""]);
  });

  it.each([
    ["an unhandled rejection", "Promise.reject(new Error('lost'))", /unhandled rejection: lost/],
    ["an uncaught exception", "throw new Error('loose')", /uncaught exception: loose/],
  ])("by %s is 1, and the log says why", async (_, statement, why) => {
    const code = `import { app } from '@azure/functions';
      app.get('die', () => { setImmediate(() => { ${statement}; }); return {}; });`;
    await withApp({ "app.js": code }, async (app) => {
      const host = await launchHost({ app });
      await fetch(`${host.url}/api/die`).catch(() => undefined);
      expect(await host.ended).toBe(1);
      expect(host.lines.join("\n")).toMatch(why);
    });
  });
});

describe("keys", () => {
  it("guard functions, webhooks and admin calls, and are in the client's addresses", async () => {
    const data = join(folder, "data");
    const host = await launchHost({ args: ["--data", data, "--enable-auth"] });
    const keys = JSON.parse(readFileSync(join(data, "keys.json"), "utf8")) as Record<
      "master" | "host" | "system",
      string
    >;
    const status = async (path: string, key?: string) => {
      const headers = key === undefined ? {} : { "x-functions-key": key };
      return (await fetch(host.url + path, { headers })).status;
    };
    const webhook = "/runtime/webhooks/durabletask/instances/none";
    expect([
      await status("/api/keyed"),
      await status("/api/keyed?code=bad"),
      await status("/api/keyed", keys.host),
      await status(`/api/keyed?code=${encodeURIComponent(keys.host)}`),
      await status(`/api/keyed?code=${encodeURIComponent(keys.host)}`, "bad"),
      await status("/api/master", keys.host),
      await status("/api/master", keys.master),
      await status("/api/nothing"),
      await status(webhook),
      await status(webhook, keys.system),
      await status("/runtime/webhooks/other"),
      await status("/admin/host/status"),
      await status("/admin/host/status", keys.host),
      await status("/admin/host/status", keys.master),
      await status("/admin/host/ping"),
    ]).toEqual([401, 401, 200, 200, 401, 401, 200, 204, 401, 404, 401, 401, 403, 200, 200]);

    const started = await fetch(`${host.url}/api/orchestrators/seq?id=keyed`, { method: "POST" });
    const { statusQueryGetUri } = (await started.json()) as { statusQueryGetUri: string };
    const { status: found } = await fetch(statusQueryGetUri);
    expect([200, 202]).toContain(found);
    await host.stop();
    expect(host.lines.join("\n")).not.toContain(keys.system);
  });
});
