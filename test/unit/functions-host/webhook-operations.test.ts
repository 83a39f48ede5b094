import { ask, hub, JSON_BODY, value, type Asked } from "../../support/webhook-desk.ts";

describe("events", () => {
  const raise = (id: string, asked: Asked) =>
    ask(hub(), "POST", `instances/${id}/raiseEvent/Approval`, asked);

  it("are accepted with 202, as compact JSON", async () => {
    const fake = hub();
    const answer = await ask(fake, "POST", "instances/timer/raiseEvent/Approval", {
      body: '{"by": "me"}',
      headers: { "content-type": "application/json; charset=utf-8" },
    });
    expect(answer).toEqual({ status: 202 });
    expect(fake.asked).toEqual([["raiseEvent", "timer", "Approval", '{"by":"me"}']]);
  });

  it("are 404 without an instance and 410 after its end, both empty", async () => {
    const asked = { body: "true", headers: JSON_BODY };
    expect(await raise("nope", asked)).toEqual({ status: 404 });
    expect(await raise("done", asked)).toEqual({ status: 410 });
  });

  it("are 400 when they are not declared to be JSON", async () => {
    const message = { Message: "Only application/json request content is supported" };
    const text = await raise("timer", { body: "hello", headers: { "content-type": "text/plain" } });
    const nothing = await raise("timer", {});
    expect([text, nothing].map((one) => [one.status, value(one)])).toEqual([
      [400, message],
      [400, message],
    ]);
  });

  it("are 400 when they are no JSON, an empty body too", async () => {
    const answer = await raise("timer", { body: "", headers: JSON_BODY });
    expect([answer.status, value(answer)]).toMatchObject([
      400,
      { Message: "Invalid JSON content" },
    ]);
  });
});

describe("terminate, suspend and resume", () => {
  it.each([
    ["terminate?reason=no%20longer%20needed", "timer", ["terminate", "timer", "no longer needed"]],
    ["terminate", "timer", ["terminate", "timer", undefined]],
    ["suspend?reason=lunch", "timer", ["suspend", "timer", "lunch"]],
    ["resume?reason=back", "susp", ["resume", "susp", "back"]],
  ])("%s is accepted with 202", async (operation, id, expected) => {
    const fake = hub();
    expect(await ask(fake, "POST", `instances/${id}/${operation}`)).toEqual({ status: 202 });
    expect(fake.asked).toEqual([expected]);
  });

  it.each(["terminate", "suspend", "resume"])(
    "%s is 404 without an instance and 410 after its end",
    async (operation) => {
      const statuses = ["nope", "done"].map((id) =>
        ask(hub(), "POST", `instances/${id}/${operation}?reason=x`),
      );
      expect(await Promise.all(statuses)).toEqual([{ status: 404 }, { status: 410 }]);
    },
  );

  it("resume of what runs is 500 in the extension's shape", async () => {
    const answer = await ask(hub(), "POST", "instances/timer/resume");
    expect(answer.status).toBe(500);
    expect(answer.body).toBe(
      JSON.stringify({
        Message: "Something went wrong while processing your request",
        ExceptionMessage: "Cannot resume the orchestration instance timer",
        ExceptionType: "System.InvalidOperationException",
        StackTrace: "",
      }),
    );
  });
});

describe("purge", () => {
  it.each([
    ["instances/done", 200, { instancesDeleted: 1 }],
    ["instances/nope", 404, null],
    [
      "instances/timer",
      412,
      "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID timer has status Running",
    ],
    [
      "instances?runtimeStatus=Completed",
      400,
      "Please provide value for 'createdTimeFrom' parameter.",
    ],
    [
      "instances?createdTimeFrom=2020-01-01T00:00:00Z&runtimeStatus=Failed",
      200,
      { instancesDeleted: 1 },
    ],
    ["instances?createdTimeFrom=2020-01-01T00:00:00Z&runtimeStatus=Terminated", 404, null],
  ])("DELETE %s is %d", async (target, status, body) => {
    const answer = await ask(hub(), "DELETE", target);
    expect([answer.status, value(answer)]).toEqual([status, body]);
  });
});

describe("what the webhook does not know", () => {
  it.each([
    ["POST", "instances/done/bogus"],
    ["PUT", "instances/done"],
    ["GET", "instances/done/terminate"],
    ["GET", "orchestrators/seq"],
    ["POST", "orchestrators"],
    ["POST", "instances/done/raiseEvent"],
    ["GET", "instances/a/b/c/d"],
    ["GET", "other"],
    ["GET", ""],
  ])("%s %s is 404 and empty", async (method, target) => {
    expect(await ask(hub(), method, target)).toEqual({ status: 404 });
  });

  it.each([
    ["POST", "instances/failed/rewind", "rewind"],
    ["POST", "instances/done/restart", "restart"],
    ["GET", "entities/counter/k1", "entities"],
  ])("%s %s is refused with 501 and a sentence", async (method, target, what) => {
    const answer = await ask(hub(), method, target);
    expect([answer.status, value(answer)]).toEqual([
      501,
      {
        Message: `The local functions host does not support ${what}; see docs/local-differences.md.`,
      },
    ]);
  });
});
