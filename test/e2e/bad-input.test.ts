import { Problem } from "../../src/functions/problem.ts";
import { startEnvironment, type TestEnvironment } from "../support/environment.ts";
import { ended, remove, running } from "../support/instances.ts";
import { rowCounts } from "../support/tables.ts";

let env: TestEnvironment;

beforeAll(async () => {
  env = await startEnvironment();
}, 120_000);

afterAll(() => env.stop(), 60_000);

const JSON_TYPE = { "content-type": "application/json" };
const UUID = "2f0c8d3e-7f0a-4b7e-9d31-5b1f5b1f5b1f";

interface Wrong {
  /** POST /instances unless it says otherwise. */
  readonly at?: string;
  /** Sent as JSON unless it is text. */
  readonly body?: object | string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly code?: string;
  /** `pointer code` of each error. */
  readonly errors?: readonly string[];
}

const create = (fields: object): object => ({ name: "orders", ...fields });

const table: readonly (readonly [string, Wrong])[] = [
  ["a name that is a number", { body: { name: 7 }, errors: ["/name wrong-type"] }],
  ["no name", { body: {}, errors: ["/name required"] }],
  ["an empty name", { body: { name: "" }, errors: ["/name too-short"] }],
  ["a name of 41 letters", { body: { name: "a".repeat(41) }, errors: ["/name too-long"] }],
  ["a name in capitals", { body: { name: "Orders" }, errors: ["/name bad-format"] }],
  ["a name with an umlaut", { body: { name: "aufträge" }, errors: ["/name bad-format"] }],
  ["a name with a Cyrillic o", { body: { name: "\u043erders" }, errors: ["/name bad-format"] }],
  ["a name that is a UUID", { body: { name: UUID }, errors: ["/name not-allowed"] }],
  [
    "an unknown version",
    { body: create({ postgresVersion: "15" }), errors: ["/postgresVersion not-allowed"] },
  ],
  [
    "a version that is a number",
    { body: create({ postgresVersion: 18 }), errors: ["/postgresVersion wrong-type"] },
  ],
  ["no storage", { body: create({ storageSizeGb: 0 }), errors: ["/storageSizeGb too-small"] }],
  [
    "more storage than there is",
    { body: create({ storageSizeGb: 4097 }), errors: ["/storageSizeGb too-large"] },
  ],
  [
    "a fraction of storage",
    { body: create({ storageSizeGb: 1.5 }), errors: ["/storageSizeGb wrong-type"] },
  ],
  [
    "a range that is none",
    { body: create({ allowedCidrs: ["10.0.0.0/33"] }), errors: ["/allowedCidrs/0 bad-format"] },
  ],
  [
    "a load balancer for nobody",
    { body: create({ allowedCidrs: [] }), errors: ["/allowedCidrs too-short"] },
  ],
  [
    "a namespace that is not ours",
    { body: create({ namespace: "kube-system" }), errors: ["/namespace not-allowed"] },
  ],
  [
    "a DNS label without a region",
    { body: create({ dnsLabel: "orders" }), errors: ["/dnsLabel not-allowed"] },
  ],
  ["an unknown field", { body: create({ size: 3 }), errors: ["/size unknown-field"] }],
  [
    "a field that is there twice",
    { body: '{"name":"a","name":"b"}', errors: ["/name duplicate-field"] },
  ],
  [
    "several wrong fields, each named",
    {
      body: { name: "", storageSizeGb: "10", extra: 1 },
      errors: ["/name too-short", "/storageSizeGb wrong-type", "/extra unknown-field"],
    },
  ],
  ["a list in place of an object", { body: [], errors: [" wrong-type"] }],
  ["half a JSON", { body: '{"name":"orders"', errors: [" bad-format"] }],
  [
    "bytes that are no UTF-8",
    { body: new Uint8Array([0x7b, 0xff, 0x7d]), errors: [" bad-format"] },
  ],
  ["no body", { errors: [" required"] }],
  [
    "another content type",
    {
      ...{ body: "name=orders", headers: { "content-type": "application/x-www-form-urlencoded" } },
      ...{ status: 415, code: "unsupported-media-type" },
    },
  ],
  [
    "a body of 1 MB",
    {
      ...{ body: create({ password: "x".repeat(1_000_000) }), status: 413 },
      code: "body-too-large",
    },
  ],
  [
    "a short password",
    {
      body: create({ password: "short" }),
      code: "invalid-password",
      errors: ["/password not-allowed"],
    },
  ],
  [
    "an idempotency key of 201 characters",
    {
      body: create({}),
      headers: { ...JSON_TYPE, "idempotency-key": "k".repeat(201) },
      errors: ["/headers/idempotency-key bad-format"],
    },
  ],
  [
    "an unknown instance",
    { at: `GET /instances/${UUID}`, status: 404, code: "instance-not-found" },
  ],
  [
    "an id that cannot be one",
    { at: "GET /instances/..%2Fetc", status: 404, code: "instance-not-found" },
  ],
  [
    "a delete of nothing",
    { at: "DELETE /instances/nothing", status: 404, code: "instance-not-found" },
  ],
  [
    "a password for nothing",
    { at: "POST /instances/nothing/password", body: {}, status: 404, code: "instance-not-found" },
  ],
  [
    "an operation that nobody asked for",
    { at: `POST /operations/${UUID}/cancel`, status: 404, code: "operation-not-found" },
  ],
  ["a limit of 0", { at: "GET /instances?limit=0", errors: ["/query/limit too-small"] }],
  [
    "a limit that is there twice",
    { at: "GET /operations?limit=1&limit=2", errors: ["/query/limit bad-format"] },
  ],
  [
    "a cursor that is none of ours",
    { at: "GET /instances?cursor=bm9uZQ", errors: ["/query/cursor bad-format"] },
  ],
  ["an unknown state", { at: "GET /instances?state=gone", errors: ["/query/state not-allowed"] }],
  [
    "an unknown parameter",
    { at: "GET /operations?order=asc", errors: ["/query/order unknown-parameter"] },
  ],
];

async function send({ at = "POST /instances", body, headers }: Wrong): Promise<Response> {
  const [method = "", path = ""] = at.split(" ");
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  return fetch(new URL(path, env.url), {
    method,
    headers: headers ?? JSON_TYPE,
    ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
  });
}

describe("a wrong request", () => {
  it.each(table)(
    "with %s is told what is wrong and where, and has nothing written or started",
    async (_what, wrong) => {
      const { status = 400, code = "invalid-request", errors = [] } = wrong;
      const before = await rowCounts(await env.databaseUrl());
      const response = await send(wrong);
      const problem = Problem.parse(await response.json());

      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(response.status).toBe(status);
      expect(problem).toMatchObject({
        ...{ status, code },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      });
      const told = (problem.errors ?? []).map((error) => `${error.pointer} ${error.code}`);
      expect(told).toEqual(errors);
      expect(await rowCounts(await env.databaseUrl())).toEqual(before);
    },
  );

  it("is looked for in all tables", async () => {
    expect(Object.keys(await rowCounts(await env.databaseUrl()))).toEqual(
      expect.arrayContaining(["public.instances", "public.operations", "durable.instances"]),
    );
  });

  it("of an earlier name leaves the instance that has it alone", async () => {
    await running(env, { name: "orders" });
    const before = await rowCounts(await env.databaseUrl());

    const again = await env.call("POST", "/instances", { name: "orders", storageSizeGb: 20 });

    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({
      code: "name-taken",
      errors: [{ pointer: "/name", code: "taken" }],
    });
    const after = await rowCounts(await env.databaseUrl());
    for (const own of ["public.instances", "public.operations", "public.idempotency_keys"])
      expect(after[own]).toBe(before[own]);
    // Its health check writes as long as it lives.
    await ended(env, (await remove(env, "orders")).id);
  }, 60_000);
});
