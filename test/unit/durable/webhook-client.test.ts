import { inspect } from "node:util";
import { z } from "zod";
import { webhookClient } from "../../../src/durable/client.ts";
import type { OrchestrationContract } from "../../../src/durable/orchestration.ts";
import { DurableService } from "../../support/durable-service.ts";

const KEY = "c3lzdGVtLWtleQ-of_the-app==";
const AWAY = "https://party.azurewebsites.net";

const nap: OrchestrationContract<z.ZodObject, z.ZodObject> = {
  kind: "orchestration",
  name: "test::orchestration::nap",
  version: "1.0",
  description: "sleeps",
  input: z.object({}),
  output: z.object({}),
};

const thrownBy = async (ask: () => unknown): Promise<unknown> => {
  try {
    await ask();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

describe("the client over webhooks", () => {
  let service: DurableService;
  let elsewhere: DurableService;
  const client = (timeLimitMs = 1000) =>
    webhookClient({ url: service.url, key: KEY, timeLimitMs, pollMs: 5 });

  /** One of each. */
  const calls: readonly (() => Promise<unknown>)[] = [
    () => client().start(nap, {}, { id: "x" }),
    () => client().status("x"),
    () => client().terminate("x", "because"),
    () => client().raise("x", "wake"),
    () => client().purge("x"),
  ];

  beforeAll(async () => {
    [service, elsewhere] = await Promise.all([DurableService.start(), DurableService.start()]);
  });
  afterAll(() => Promise.all([service.stop(), elsewhere.stop()]));

  it("sends the key in a header with each call, and never in a URL", async () => {
    service.answer(() => ({ status: 404 }));
    await Promise.allSettled(calls.map((call) => call()));
    expect(service.asked).toHaveLength(5);
    for (const { key, path } of service.asked) {
      expect(key).toBe(KEY);
      expect(path).not.toContain(KEY.slice(0, 8));
    }
  });

  it("sends no key when it has none", async () => {
    service.answer(() => ({ status: 404 }));
    await webhookClient({ url: service.url, key: undefined }).status("x");
    expect(service.asked).toMatchObject([{ method: "GET" }]);
    expect(service.asked[0]).not.toHaveProperty("key");
  });

  it("does not ask for the input, which it has no use for", async () => {
    service.answer(() => ({ status: 404 }));
    await client().status("x");
    expect(service.asked[0]?.path).toBe(
      "/runtime/webhooks/durabletask/instances/x?showInput=false",
    );
  });

  it.each(["/", "/apps/party", "/apps/party//"])(
    "finds the webhooks below the path %s",
    async (path) => {
      service.answer(() => ({ status: 404 }));
      await webhookClient({ url: service.url + path }).purge("x");
      const prefix = path.replace(/\/+$/, "");
      expect(service.asked[0]?.path).toBe(`${prefix}/runtime/webhooks/durabletask/instances/x`);
    },
  );

  it.each([401, 403])("says at %i that the key is missing or wrong", async (status) => {
    service.answer(() => ({ status, body: KEY }));
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: "durable-unavailable",
        message: expect.stringMatching(
          new RegExp(`with status ${status}: the system key is missing or wrong$`),
        ),
        retryable: false,
      });
    }
  });

  it.each([400, 418, 429, 500, 503])(
    "says with which status it was refused: %i",
    async (status) => {
      service.answer(() => ({ status, body: { Message: `${KEY} already exists.` } }));
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({
          code: "durable-unavailable",
          message: expect.stringMatching(new RegExp(`^[^=]*with status ${status}$`)),
          retryable: true,
        });
      }
    },
  );

  it("cannot start an orchestration where there is no such webhook", async () => {
    service.answer(() => ({ status: 404 }));
    await expect(client().start(nap, {}, { id: "x" })).rejects.toMatchObject({
      message: 'the durable service refused "start" with status 404',
    });
  });

  it.each([301, 302, 303, 307, 308])("follows no redirect: %i", async (status) => {
    elsewhere.answer(() => ({ status: 202, body: { instancesDeleted: 1 } }));
    service.answer(({ path }) => ({ status, location: elsewhere.url + path }));
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ code: "durable-unavailable" });
    }
    expect(elsewhere.asked).toEqual([]);
  });

  it("takes no answer that it cannot read", async () => {
    service.answer(() => ({ status: 200, body: "purged" }));
    await expect(client().purge("x")).rejects.toMatchObject({
      code: "durable-unavailable",
      message: 'the durable service answered "purge" with what is no answer to it',
    });
  });

  it("tells of an instance that another purged first that there was none", async () => {
    service.answer(() => ({ status: 200, body: { instancesDeleted: 0 } }));
    expect(await client().purge("x")).toBe(false);
  });

  it("keeps the key out of all errors and of itself", async () => {
    const gone = await DurableService.start();
    const orphan = webhookClient({ url: gone.url, key: KEY });
    await gone.stop();
    const errors = [await thrownBy(() => orphan.status("x"))];
    for (const status of [401, 500, 302, 200]) {
      service.answer(({ key }) => ({ status, body: { key }, location: `/?code=${String(key)}` }));
      errors.push(await thrownBy(() => client().status("x")));
    }
    service.answer(() => undefined);
    errors.push(await thrownBy(() => client(20).status("x")));
    for (const shown of [...errors, client()]) {
      expect(inspect(shown, { depth: 10, showHidden: true })).not.toContain(KEY);
    }
  });
});

describe("the address of the function app", () => {
  it.each([
    ["no URL", "party.azurewebsites.net"],
    ["nothing", ""],
    ["a file", "file:///etc/passwd"],
    ["a socket", "ws://127.0.0.1:7071"],
  ])("is no %s", (_, url) => {
    expect(() => webhookClient({ url })).toThrow(/is no http or https address: write one such as/);
  });

  it.each([
    ["a user", "https://ada@party.azurewebsites.net"],
    ["a password", `https://:${KEY}@party.azurewebsites.net`],
    ["a query", `https://party.azurewebsites.net/?code=${KEY}`],
    ["a fragment", `https://party.azurewebsites.net/#${KEY}`],
  ])("has not %s, and is not quoted", async (_, url) => {
    const error = await thrownBy(() => webhookClient({ url }));
    expect(error).toMatchObject({
      code: "invalid-input",
      message: expect.stringMatching(/has user info, a query or a fragment/),
    });
    expect(inspect(error)).not.toContain(KEY);
  });

  it.each([
    "http://party.azurewebsites.net",
    "http://10.0.0.1:7071",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://128.0.0.1",
    "http://[::2]:7071",
  ])("is not asked with a key in the clear: %s", (url) => {
    expect(() => webhookClient({ url, key: KEY })).toThrow(
      "the url of the function app is not https: a key is sent in the clear to loopback only",
    );
    expect(webhookClient({ url })).toBeDefined();
  });

  it.each([AWAY, "http://localhost:7071", "http://127.1.2.3", "http://[::1]:7071/"])(
    "may be asked with a key: %s",
    (url) => {
      expect(webhookClient({ url, key: KEY })).toBeDefined();
    },
  );

  it.each(["", "two words", "line\n", "schlüssel"])(
    "is not asked with what is no key, nor is that quoted: %j",
    (key) => {
      expect(() => webhookClient({ url: AWAY, key })).toThrow(
        /^the system key is empty or has characters that no key has: copy it again, without blanks around it$/,
      );
    },
  );
});
