import {
  durableClient,
  hasEnded,
  webhookClient,
  type ClientOptions,
} from "../../../src/durable/client.ts";
import { DurableService } from "../../support/durable-service.ts";
import { handle, party, statusReply } from "../../support/party.ts";

describe.each([
  {
    where: "in the host",
    base: "/durabletask",
    clientOf: ({ client }: DurableService, options?: ClientOptions) =>
      durableClient(client, options),
  },
  {
    where: "over webhooks",
    base: "/runtime/webhooks/durabletask",
    clientOf: ({ url }: DurableService, options?: ClientOptions) =>
      webhookClient({ url, ...options }),
  },
])("the durable client $where", ({ base, clientOf }) => {
  let service: DurableService;
  const client = (timeLimitMs = 1000) => clientOf(service, { timeLimitMs, pollMs: 5 });

  beforeAll(async () => {
    service = await DurableService.start();
  });
  afterAll(() => service.stop());

  it("starts an orchestration by its registered name with its parsed input", async () => {
    service.answer(() => ({ status: 202, body: { id: "party-1" } }));
    expect(await client().start(party, { who: "Ada" }, { id: "party-1" })).toEqual({
      outcome: "started",
      handle,
    });
    expect(service.asked).toEqual([
      {
        method: "POST",
        path: `${base}/orchestrators/test_orchestration_party/party-1`,
        body: { who: "Ada", loud: false },
      },
    ]);
  });

  it("starts it on the version that is asked for", async () => {
    service.answer(() => ({ status: 202, body: { id: "party-1" } }));
    await client().start(party, { who: "Ada" }, { id: "party-1", version: "2.0" });
    const [asked] = service.asked;
    expect(asked?.path).toBe(`${base}/orchestrators/test_orchestration_party/party-1?version=2.0`);
  });

  it.each(["Pending", "Running"])(
    "says that an orchestration of this id is there already (%s)",
    async (state) => {
      const Message = `An Orchestration instance with the status ${state} already exists.`;
      service.answer(() => ({ status: 409, body: { Message } }));
      const { outcome } = await client().start(party, { who: "Ada" }, { id: "party-1" });
      expect(outcome).toBe("already-started");
    },
  );

  it("says so too when the extension is an older one, which makes no 409 of it", async () => {
    const body = {
      Message: "Something went wrong while processing your request",
      ExceptionMessage: "An Orchestration instance with the status Running already exists.",
      ExceptionType: "System.InvalidOperationException",
    };
    service.answer(() => ({ status: 500, body }));
    const { outcome } = await client().start(party, { who: "Ada" }, { id: "party-1" });
    expect(outcome).toBe("already-started");
  });

  it("asks nothing of the service for an id or input that cannot be", async () => {
    service.answer(() => ({ status: 202, body: { id: "x" } }));
    await expect(client().start(party, { who: "Ada" }, { id: "a/b" })).rejects.toMatchObject({
      code: "invalid-input",
    });
    // @ts-expect-error a number where the schema says string
    await expect(client().start(party, { who: 5 }, { id: "a" })).rejects.toMatchObject({
      code: "invalid-input",
      details: { fields: ["who"] },
    });
    await expect(client().raise("a", "Not Kebab")).rejects.toMatchObject({ code: "invalid-input" });
    for (const ask of [
      () => client().status("a b"),
      () => client().terminate("a?b", "because"),
      () => client().raise("a#b", "wake"),
      () => client().purge("a%2Fb"),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: "invalid-input" });
    }
    expect(service.asked).toEqual([]);
  });

  it("tells how an instance stands", async () => {
    service.answer(() => statusReply("Running"));
    expect(await client().status("party-1")).toEqual({
      id: "party-1",
      name: "test::orchestration::party",
      state: "Running",
      createdAt: new Date("2030-01-01T00:00:00Z"),
      updatedAt: new Date("2030-01-01T00:00:05Z"),
      customStatus: { step: "one" },
    });
  });

  it("gives the parsed output to who knows what it is", async () => {
    service.answer(() => statusReply("Completed", { said: "hi" }));
    const status = await client().status(handle);
    expect(status?.state === "Completed" && status.output.again).toBe(false);
    expect(await client().status("party-1")).toMatchObject({ output: { said: "hi" } });
  });

  it("gives the typed error of a failed instance", async () => {
    const output =
      "Orchestrator function 'test_orchestration_party' failed: canceled: was canceled";
    service.answer(() => statusReply("Failed", output));
    expect(await client().status("party-1")).toMatchObject({
      state: "Failed",
      error: { code: "canceled", message: "was canceled" },
    });
    service.answer(() =>
      statusReply("Failed", "Function 'x' doesn't exist, is disabled, password=hunter2"),
    );
    expect(await client().status("party-1")).toMatchObject({
      error: {
        code: "orchestration-lost",
        message: '"test::orchestration::party" ended without a result',
      },
    });
  });

  it.each(["Pending", "ContinuedAsNew", "Suspended"])(
    "tells that it has not ended: %s",
    async (state) => {
      service.answer(() => statusReply(state));
      const status = await client().status("party-1");
      expect(status?.state).toBe(state);
      expect(status && hasEnded(status)).toBe(false);
    },
  );

  it("gives the reason of a terminated instance", async () => {
    service.answer(() => statusReply("Terminated", "no longer wanted"));
    expect(await client().status("party-1")).toMatchObject({
      state: "Terminated",
      reason: "no longer wanted",
    });
  });

  it("shows a function that is none of ours under its own name", async () => {
    const reply = statusReply("Completed");
    service.answer(() => ({ status: 200, body: { ...Object(reply.body), name: "Hello" } }));
    expect(await client().status("x")).toMatchObject({ name: "Hello" });
  });

  it.each([
    ["a state that nobody knows", statusReply("Dreaming").body],
    ["no time", { ...Object(statusReply("Running").body), createdTime: "yesterday" }],
    ["nothing", undefined],
  ])("says that the service is away when it tells %s", async (_, body) => {
    service.answer(() => ({ status: 200, body }));
    await expect(client().status("party-1")).rejects.toMatchObject({ code: "durable-unavailable" });
  });

  it("knows no status, termination, event or purge of what is not there", async () => {
    service.answer(({ method }) => ({
      status: 404,
      body: method === "GET" ? "not found" : undefined,
    }));
    expect(await client().status("x")).toBeUndefined();
    expect(await client().terminate("x", "because")).toBe(false);
    expect(await client().raise("x", "wake")).toBe(false);
    expect(await client().purge("x")).toBe(false);
  });

  it("sends a reason whole, whatever stands in it", async () => {
    service.answer(() => ({ status: 202 }));
    expect(await client().terminate("x", "deleted: a&b=c #1 ü")).toBe(true);
    const [asked] = service.asked;
    expect(new URL(asked!.path, "http://x").searchParams.get("reason")).toBe("deleted: a&b=c #1 ü");
  });

  it("sends the beginning of a long reason, and no half of a character", async () => {
    service.answer(() => ({ status: 202 }));
    await client().terminate("x", `${"a".repeat(199)}\u{1F418}`);
    const [asked] = service.asked;
    expect(new URL(asked!.path, "http://x").searchParams.get("reason")).toBe(
      `${"a".repeat(199)}\uFFFD`,
    );
  });

  it("lets the termination of an ended instance, and an event to it, come to nothing", async () => {
    service.answer(() => ({ status: 410 }));
    expect(await client().terminate("x", "because")).toBe(true);
    expect(await client().raise("x", "wake")).toBe(true);
  });

  it("raises an event with an object", async () => {
    service.answer(() => ({ status: 202 }));
    expect(await client().raise("x", "wake", { why: "test" })).toBe(true);
    expect(service.asked).toEqual([
      { method: "POST", path: `${base}/instances/x/raiseEvent/wake`, body: { why: "test" } },
    ]);
  });

  it("purges an ended instance, and refuses a running one", async () => {
    service.answer(() => ({ status: 200, body: { instancesDeleted: 1 } }));
    expect(await client().purge("x")).toBe(true);
    service.answer(() => ({ status: 412, body: { Message: "is running, key=secret" } }));
    await expect(client().purge("x")).rejects.toMatchObject({
      code: "durable-unavailable",
      message: 'the durable service refused "purge" with status 412',
    });
  });

  it("refuses a version that no host would ever run", async () => {
    service.answer(() => ({ status: 202, body: { id: "x" } }));
    const start = client().start(party, { who: "Ada" }, { id: "x", version: "banana" });
    await expect(start).rejects.toMatchObject({
      code: "invalid-input",
      message:
        'version "banana" of the start is not of the form MAJOR.MINOR, such as "1.0" or "2.10"',
    });
  });

  it("says that the service is away when it does not answer in time", async () => {
    service.answer(() => undefined);
    await expect(client(30).status("x")).rejects.toMatchObject({
      code: "durable-unavailable",
      message: 'the durable service did not answer "status" within 30 ms',
      retryable: true,
    });
  });

  it("says that the service is away when it fails, without its text", async () => {
    service.answer(() => ({ status: 500, body: { Message: "key=secret" } }));
    await expect(client().start(party, { who: "Ada" }, { id: "x" })).rejects.toMatchObject({
      code: "durable-unavailable",
      message: 'the durable service refused "start" with status 500',
    });
    const gone = await DurableService.start();
    const orphan = clientOf(gone);
    await gone.stop();
    const error: unknown = await orphan.status("x").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "durable-unavailable", retryable: true });
    expect(String(error)).not.toMatch(/127\.0\.0\.1|ECONN|fetch/);
  });
});
