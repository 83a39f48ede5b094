import { ADDRESS, ask, hub, JSON_BODY, value } from "../../support/webhook-desk.ts";

describe("starting an orchestration over the webhook", () => {
  it("answers 202 with the addresses of the instance, in the real host's order and without rewind", async () => {
    const recorded = (path: string, query = "?") =>
      `${ADDRESS.baseUrl}/instances/rec-api${path}${query}taskHub=ProbeHub&connection=Storage&code=KEY`;
    const answer = await ask(hub(), "POST", "orchestrators/seq/rec-api?code=KEY", {
      body: '"in"',
      headers: JSON_BODY,
    });
    expect(answer.status).toBe(202);
    expect(answer.headers).toEqual({
      "Content-Type": "application/json; charset=utf-8",
      Location: recorded(""),
      "Retry-After": "10",
    });
    expect(answer.body).toBe(
      JSON.stringify({
        id: "rec-api",
        statusQueryGetUri: recorded(""),
        sendEventPostUri: recorded("/raiseEvent/{eventName}"),
        terminatePostUri: recorded("/terminate?reason={text}", "&"),
        purgeHistoryDeleteUri: recorded(""),
        restartPostUri: recorded("/restart"),
        suspendPostUri: recorded("/suspend?reason={text}", "&"),
        resumePostUri: recorded("/resume?reason={text}", "&"),
      }),
    );
  });

  it.each([
    ["orchestrators/seq", '{"a":1}', { name: "seq", input: '{"a":1}' }],
    ["orchestrators/seq", '""', { name: "seq", input: '""' }],
    ["orchestrators/seq", "", { name: "seq" }],
    ["orchestrators/seq/a%23b?version=1.0", "", { name: "seq", instanceId: "a#b", version: "1.0" }],
  ])("%s with %p asks the hub for %j", async (target, body, expected) => {
    const fake = hub();
    expect((await ask(fake, "POST", target, { body })).status).toBe(202);
    expect(fake.asked).toEqual([expected]);
  });

  it("escapes the id in the addresses", async () => {
    const answer = await ask(hub(), "POST", "orchestrators/seq/a%23b");
    expect(answer.headers?.["Location"]).toMatch(/\/instances\/a%23b\?/);
    expect(value(answer)).toMatchObject({ id: "a#b" });
  });

  it("answers 400 for a body that is no JSON", async () => {
    const answer = await ask(hub(), "POST", "orchestrators/seq", { body: "{bad" });
    expect(answer.status).toBe(400);
    expect(Object.keys(value(answer) as object)).toEqual([
      "Message",
      "ExceptionMessage",
      "ExceptionType",
      "StackTrace",
    ]);
    expect(value(answer)).toMatchObject({ Message: "Invalid JSON content" });
  });

  it("answers 409 in the real host's words while one of that id runs", async () => {
    const answer = await ask(hub(), "POST", "orchestrators/seq/timer");
    expect([answer.status, value(answer)]).toEqual([
      409,
      { Message: "An Orchestration instance with the status Running already exists." },
    ]);
  });

  it("waits for the end when asked, and answers with the output", async () => {
    const answer = await ask(hub(), "POST", "orchestrators/seq/done?timeout=10&pollingInterval=1");
    expect([answer.status, value(answer)]).toEqual([200, ["Hello A"]]);
  });

  it("answers 500 with the status when the awaited one failed", async () => {
    const answer = await ask(hub(), "POST", "orchestrators/seq/failed?timeout=10");
    expect([answer.status, value(answer)]).toMatchObject([500, { runtimeStatus: "Failed" }]);
  });
});

describe("the status of an instance", () => {
  const status = {
    name: "seq",
    instanceId: "done",
    runtimeStatus: "Completed",
    input: "",
    customStatus: { step: 3 },
    output: ["Hello A"],
    createdTime: "2026-11-21T06:36:24Z",
    lastUpdatedTime: "2026-11-21T06:36:24Z",
  };

  it("is 200 when it ended, its members in the real host's order, times in whole seconds", async () => {
    const answer = await ask(hub(), "GET", "instances/done?code=KEY");
    expect(answer).toEqual({
      status: 200,
      headers: { "Content-Type": "application/json; charset=utf-8" },
      body: JSON.stringify(status),
    });
  });

  it("is 202 while it runs, with its own address to ask again", async () => {
    const answer = await ask(hub(), "GET", "instances/timer?code=KEY&showHistory=true");
    expect(answer.status).toBe(202);
    expect(answer.headers).toEqual({
      "Content-Type": "application/json; charset=utf-8",
      Location: `${ADDRESS.baseUrl}/instances/timer?code=KEY&showHistory=true`,
      "Retry-After": "5",
    });
    expect(value(answer)).toMatchObject({ output: null, historyEvents: [{}] });
  });

  it("is 202 while it is suspended", async () => {
    expect((await ask(hub(), "GET", "instances/susp")).status).toBe(202);
  });

  it("is 500 for a failed one only when asked", async () => {
    expect((await ask(hub(), "GET", "instances/failed")).status).toBe(200);
    const asked = "instances/failed?returnInternalServerErrorOnFailure=true";
    expect((await ask(hub(), "GET", asked)).status).toBe(500);
  });

  it.each([
    "instances/nope",
    "instances/done?taskHub=OtherHub&connection=Storage",
    "instances/a%2Fb",
  ])("is 404 and empty for %s", async (target) => {
    expect(await ask(hub(), "GET", target)).toEqual({ status: 404 });
  });

  it("is found under an escaped id and its own task hub", async () => {
    expect((await ask(hub(), "GET", "instances/%64one?taskHub=ProbeHub")).status).toBe(200);
  });
});

describe("the list of instances", () => {
  it.each([
    ["", { runtimeStatus: [] }],
    ["?top=abc&createdTimeFrom=notadate&runtimeStatus=Bogus", { runtimeStatus: [] }],
    [
      "?instanceIdPrefix=ls-&showInput=false&runtimeStatus=Completed&runtimeStatus=Running",
      { instanceIdPrefix: "ls-", showInput: false, runtimeStatus: ["Running", "Completed"] },
    ],
    ["?runtimeStatus=Completed,Failed", { runtimeStatus: ["Completed", "Failed"] }],
    [
      "?createdTimeFrom=2000-01-01T00:00:00Z&createdTimeTo=2000-01-02T00:00:00Z",
      {
        runtimeStatus: [],
        createdTimeFrom: new Date("2000-01-01T00:00:00Z"),
        createdTimeTo: new Date("2000-01-02T00:00:00Z"),
      },
    ],
  ])("instances/%s asks the hub for %j", async (query, expected) => {
    const fake = hub();
    const answer = await ask(fake, "GET", `instances/${query}`);
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty("x-ms-continuation-token");
    expect(fake.asked).toEqual([{ showInput: true, ...expected }]);
  });

  it("is paged by a token in the headers", async () => {
    const fake = hub();
    const answer = await ask(fake, "GET", "instances?top=3", {
      headers: { "x-ms-continuation-token": "bHMtYQ== " },
    });
    expect(answer.headers?.["x-ms-continuation-token"]).toBe("bHMtZA==");
    expect(value(answer)).toHaveLength(3);
    expect(fake.asked).toMatchObject([{ top: 3, continuationToken: "bHMtYQ==" }]);
  });
});
