import fc from "fast-check";
import { DomainError, errorCodes } from "../../../src/domain/errors.ts";
import { answer } from "../../../src/functions/answer.ts";
import { defineEndpoint, noBody, noQuery } from "../../../src/functions/endpoint.ts";
import { Problem } from "../../../src/functions/problem.ts";
import { jsonLog } from "../../../src/durable/log.ts";

/** What a call that throws this is answered with, and what it logs. */
async function afterThrowing(error: unknown) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const endpoint = defineEndpoint({
    name: "throwing",
    method: "GET",
    route: "throwing",
    query: noQuery,
    body: noBody,
    respond: async () => Promise.reject(error as Error),
  });
  const request = { params: {}, query: [], headers: new Headers(), body: null };
  const log = jsonLog({ info: write, warn: write, error: write });
  const reply = await answer(endpoint, request, undefined, { requestId: "request-1", log });
  return { ...reply, text: JSON.stringify(reply.body), log: lines.join("\n") };
}

describe("a problem document", () => {
  it("is valid for any error with a code, and tells neither stack nor cause", async () => {
    const details = fc.option(fc.dictionary(fc.string(), fc.string()), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...errorCodes),
        fc.string(),
        details,
        async (code, message, given) => {
          const cause = new Error("driver text with password=canary");
          const error = new DomainError(code, message, { cause, ...(given && { details: given }) });
          const { status, headers, body, text } = await afterThrowing(error);

          const problem = Problem.strict().parse(body);
          expect(problem).toMatchObject({
            type: `urn:toygres:error:${code}`,
            code,
            status,
            detail: message,
            requestId: "request-1",
          });
          expect(status).toBe(error.status);
          expect(headers).toMatchObject({ "content-type": "application/problem+json" });
          expect(headers !== undefined && "retry-after" in headers).toBe(status === 503);
          expect(text).not.toMatch(/canary|\bat .*:\d+:\d+/);
        },
      ),
    );
  });

  it.each([
    ["an Error", new Error("connect failed: postgres://u:canary@host/db")],
    ["a text", "canary"],
    ["an object", { password: "canary" }],
    ["nothing", undefined],
  ])("is a bare 500 for %s, whose text reaches neither answer nor log", async (_what, thrown) => {
    const { status, body, text, log } = await afterThrowing(thrown);
    expect(status).toBe(500);
    expect(body).toEqual({
      type: "urn:toygres:error:internal",
      title: "Internal",
      status: 500,
      detail: expect.stringContaining("log") as unknown,
      code: "internal",
      requestId: "request-1",
    });
    expect(text + log).not.toContain("canary");
    expect(log).toContain('"event":"request.failed"');
    expect(log).toContain("request-1");
  });

  it("shows of the details only the operation in the way and what is wrong with the input", async () => {
    const { body } = await afterThrowing(
      new DomainError("name-taken", "the name is taken", {
        details: { operationId: "0b0b", table: "instances", host: "10.0.0.1" },
      }),
    );
    expect(body).toEqual({
      type: "urn:toygres:error:name-taken",
      title: "Name taken",
      status: 409,
      detail: "the name is taken",
      code: "name-taken",
      errors: [{ pointer: "/name", code: "taken", message: "the name is taken" }],
      operationId: "0b0b",
      requestId: "request-1",
    });
  });

  it.each([
    ["name-taken", {}, "/name", "taken"],
    ["dns-label-taken", {}, "/dnsLabel", "taken"],
    ["invalid-request", { pointer: "/cursor" }, "/query/cursor", "bad-format"],
  ] as const)("points to the part of the request to blame for %s", async (code, details, ...at) => {
    const { body } = await afterThrowing(new DomainError(code, "refused", { details }));
    const [pointer, reason] = at;
    expect(body).toMatchObject({ errors: [{ pointer, code: reason, message: "refused" }] });
  });
});
