import { postInstances } from "../../../src/functions/post-instances.ts";
import { api } from "../../support/api.ts";

const right = { name: "orders" };
const PASSWORD_CANARY = "canary-5f1d";

/** What is wrong with a body, and the code and the pointer that say so. */
const table: readonly (readonly [what: string, body: unknown, code: string, pointer: string])[] = [
  ["no name", {}, "required", "/name"],
  ["null for a name", { name: null }, "wrong-type", "/name"],
  ["a number for a name", { name: 7 }, "wrong-type", "/name"],
  ["an array for a name", { name: ["orders"] }, "wrong-type", "/name"],
  ["an empty name", { name: "" }, "too-short", "/name"],
  ["a name of 41 characters", { name: "a".repeat(41) }, "too-long", "/name"],
  ["capitals in a name", { name: "Orders" }, "bad-format", "/name"],
  ["an underscore in a name", { name: "my_orders" }, "bad-format", "/name"],
  ["a dot in a name", { name: "my.orders" }, "bad-format", "/name"],
  ["a name with a hyphen in front", { name: "-orders" }, "bad-format", "/name"],
  ["a name with a hyphen behind", { name: "orders-" }, "bad-format", "/name"],
  ["a blank behind a name", { name: "orders " }, "bad-format", "/name"],
  ["a line break behind a name", { name: "orders\n" }, "bad-format", "/name"],
  ["an umlaut in a name", { name: "aufträge" }, "bad-format", "/name"],
  ["Cyrillic letters in a name", { name: "оrders" }, "bad-format", "/name"],
  ["an emoji as a name", { name: "🐘" }, "bad-format", "/name"],
  ["NUL in a name", { name: "or\0ders" }, "bad-format", "/name"],
  ["SQL as a name", { name: "a'; drop table instances;--" }, "bad-format", "/name"],
  ["a UUID as a name", { name: "1a2b3c4d-0000-4000-8000-000000000001" }, "not-allowed", "/name"],

  ["a number for a version", { ...right, postgresVersion: 18 }, "wrong-type", "/postgresVersion"],
  ["null for a version", { ...right, postgresVersion: null }, "wrong-type", "/postgresVersion"],
  ["an old version", { ...right, postgresVersion: "15" }, "not-allowed", "/postgresVersion"],
  ["a minor version", { ...right, postgresVersion: "18.4" }, "not-allowed", "/postgresVersion"],
  ["an image's tag", { ...right, postgresVersion: "18-alpine" }, "not-allowed", "/postgresVersion"],

  ["text for a size", { ...right, storageSizeGb: "10" }, "wrong-type", "/storageSizeGb"],
  ["a fraction for a size", { ...right, storageSizeGb: 1.5 }, "wrong-type", "/storageSizeGb"],
  ["null for a size", { ...right, storageSizeGb: null }, "wrong-type", "/storageSizeGb"],
  ["a size of nothing", { ...right, storageSizeGb: 0 }, "too-small", "/storageSizeGb"],
  ["a size below nothing", { ...right, storageSizeGb: -1 }, "too-small", "/storageSizeGb"],
  ["a size of 4097", { ...right, storageSizeGb: 4097 }, "too-large", "/storageSizeGb"],
  ["a size of 1e20", { ...right, storageSizeGb: 1e20 }, "too-large", "/storageSizeGb"],
  ["an endless size", '{"name":"orders","storageSizeGb":1e999}', "wrong-type", "/storageSizeGb"],

  ["text for a flag", { ...right, useLoadBalancer: "true" }, "wrong-type", "/useLoadBalancer"],
  ["a number for a flag", { ...right, useLoadBalancer: 1 }, "wrong-type", "/useLoadBalancer"],
  ["null for a flag", { ...right, useLoadBalancer: null }, "wrong-type", "/useLoadBalancer"],

  ["a number for a label", { ...right, dnsLabel: 1 }, "wrong-type", "/dnsLabel"],
  ["a label of 2 characters", { ...right, dnsLabel: "ab" }, "too-short", "/dnsLabel"],
  ["a label of 41 characters", { ...right, dnsLabel: "a".repeat(41) }, "too-long", "/dnsLabel"],
  ["a digit in front of a label", { ...right, dnsLabel: "1abc" }, "bad-format", "/dnsLabel"],
  ["a dot in a label", { ...right, dnsLabel: "a.bc" }, "bad-format", "/dnsLabel"],
  [
    "a label without a load balancer",
    { ...right, dnsLabel: "orders", useLoadBalancer: false },
    "not-allowed",
    "/dnsLabel",
  ],

  ["text for ranges", { ...right, allowedCidrs: "0.0.0.0/0" }, "wrong-type", "/allowedCidrs"],
  ["no range at all", { ...right, allowedCidrs: [] }, "too-short", "/allowedCidrs"],
  [
    "101 ranges",
    { ...right, allowedCidrs: Array.from({ length: 101 }, () => "10.0.0.0/8") },
    "too-long",
    "/allowedCidrs",
  ],
  ["a number for a range", { ...right, allowedCidrs: [7] }, "wrong-type", "/allowedCidrs/0"],
  ["null for a range", { ...right, allowedCidrs: [null] }, "wrong-type", "/allowedCidrs/0"],
  [
    "an address that is no range",
    { ...right, allowedCidrs: ["10.0.0.0/8", "203.0.113.7"] },
    "bad-format",
    "/allowedCidrs/1",
  ],
  [
    "a prefix of 33 bits",
    { ...right, allowedCidrs: ["10.0.0.0/33"] },
    "bad-format",
    "/allowedCidrs/0",
  ],

  ["a number for a namespace", { ...right, namespace: 1 }, "wrong-type", "/namespace"],
  ["capitals in a namespace", { ...right, namespace: "Toygres" }, "bad-format", "/namespace"],
  ["a namespace of 64", { ...right, namespace: "a".repeat(64) }, "too-long", "/namespace"],
  ["a foreign namespace", { ...right, namespace: "kube-system" }, "not-allowed", "/namespace"],

  ["a number for a password", { ...right, password: 123456789012 }, "wrong-type", "/password"],
  ["null for a password", { ...right, password: null }, "wrong-type", "/password"],

  ["an unknown field", { ...right, size: 1 }, "unknown-field", "/size"],
  ["a field in other letters", { ...right, Name: "orders" }, "unknown-field", "/Name"],
  ["a field with a slash", { ...right, "a/b~c": 1 }, "unknown-field", "/a~1b~0c"],
  ["a prototype", '{"name":"orders","__proto__":{"x":1}}', "unknown-field", "/__proto__"],
  ["a field that the server sets", { ...right, id: "1" }, "unknown-field", "/id"],
  ["a field twice", '{"name":"orders","name":"other"}', "duplicate-field", "/name"],
  ["a field twice, once escaped", '{"name":"a","n\\u0061me":"b"}', "duplicate-field", "/name"],
  ["an array", "[]", "wrong-type", ""],
  ["null", "null", "wrong-type", ""],
  ["a text", '"orders"', "wrong-type", ""],
  ["nothing", "", "required", ""],
];

describe("POST /instances refuses", () => {
  it.each(table)("%s", async (_what, body, code, pointer) => {
    const { call, catalog, calls } = api();
    const answer = await call(postInstances, { body });
    expect(answer.status).toBe(400);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.body).toMatchObject({
      code: "invalid-request",
      errors: [{ pointer, code, message: expect.stringMatching(/./) as unknown }],
    });
    expect([catalog.created, calls]).toEqual([[], []]);
  });

  it.each([
    ["text", "name=orders"],
    ["half an object", '{"name": "orders"'],
    ["a comma too many", '{"name": "orders",}'],
    ["single quotes", "{'name': 'orders'}"],
    ["a comment", '{"name": "orders"} // mine'],
    ["a bare word", '{"name": orders}'],
    ["NaN", '{"storageSizeGb": NaN}'],
    ["a raw line break in a text", '{"name": "or\nders"}'],
    ["two objects", '{"name": "a"}{"name": "b"}'],
  ])("what is no JSON and says where: %s", async (_what, body) => {
    const { call, catalog } = api();
    const answer = await call(postInstances, { body });
    expect(answer.body).toMatchObject({
      status: 400,
      code: "invalid-request",
      detail: expect.stringMatching(/position \d+/) as unknown,
      errors: [{ pointer: "", code: "bad-format" }],
    });
    expect(catalog.created).toEqual([]);
  });

  it("all that is wrong at once", async () => {
    const { body } = await api().call(postInstances, {
      body: { name: "", storageSizeGb: 0, size: 1, allowedCidrs: [1] },
    });
    expect(body).toMatchObject({
      errors: [
        { pointer: "/name" },
        { pointer: "/storageSizeGb" },
        { pointer: "/allowedCidrs/0" },
        { pointer: "/size" },
      ],
    });
  });

  it("a thousand wrong fields with an answer of bounded length", async () => {
    const fields = Array.from({ length: 1000 }, (_, at) => [`field${at}`, at]);
    const { body } = await api().call(postInstances, { body: Object.fromEntries(fields) });
    expect(JSON.stringify(body).length).toBeLessThan(4_000);
  });

  it.each([
    ["11 characters", "elevenchars"],
    ["129 characters", "x".repeat(129)],
    ["a control character", "correct\u0007horse-battery"],
    ["half a surrogate pair", "correct-horse-\ud800"],
    ["nothing", ""],
    ["invisible characters for strength", `a${"\u00ad".repeat(12)}`],
  ])("a password with %s", async (_what, password) => {
    const { call, catalog } = api();
    const answer = await call(postInstances, { body: { ...right, password } });
    expect(answer.body).toMatchObject({
      status: 400,
      code: "invalid-password",
      errors: [{ pointer: "/password" }],
    });
    expect(catalog.created).toEqual([]);
  });

  it.each([
    ["a wrong field beside it", { name: "", password: PASSWORD_CANARY.repeat(3) }],
    ["a bad character in it", { ...right, password: `${PASSWORD_CANARY}\u0007` }],
    ["no JSON around it", `{"name":"orders","password":"${PASSWORD_CANARY}",}`],
    ["no quotes around it", `{"password":${PASSWORD_CANARY}}`],
    ["an array around it", { ...right, password: [PASSWORD_CANARY] }],
  ])("without repeating a password: %s", async (_what, body) => {
    const { status, everything } = await api().call(postInstances, { body });
    expect(status).toBe(400);
    expect(everything).not.toContain(PASSWORD_CANARY);
  });

  it.each([
    ["more than 64 KiB", JSON.stringify({ name: "x".repeat(65_536) }), {}],
    ["1 MB", " ".repeat(1_000_000), {}],
    ["a length that is announced as too large", "{}", { "content-length": "65537" }],
    ["1 MB of another type", "x".repeat(1_000_000), { "content-type": "text/plain" }],
  ])("a body of %s", async (_what, body, headers) => {
    const { call, catalog } = api();
    const answer = await call(postInstances, { body, headers });
    expect(answer.body).toMatchObject({ status: 413, code: "body-too-large" });
    expect(catalog.created).toEqual([]);
  });

  it.each([
    [{ "content-type": "" }],
    [{ "content-type": "text/plain" }],
    [{ "content-type": "application/x-www-form-urlencoded" }],
    [{ "content-type": "application/json5" }],
    [{ "content-type": "application/json; charset=latin1" }],
    [{ "content-encoding": "gzip" }],
  ])("another kind of body: %j", async (headers) => {
    const { call, catalog } = api();
    const answer = await call(postInstances, { body: right, headers });
    expect(answer.body).toMatchObject({ status: 415, code: "unsupported-media-type" });
    expect(catalog.created).toEqual([]);
  });

  it.each([
    "application/json",
    "Application/JSON; charset=UTF-8",
    'application/json;charset="utf-8"',
  ])("not the content type %s", async (type) => {
    const answer = await api().call(postInstances, {
      body: right,
      headers: { "content-type": type },
    });
    expect(answer.status).toBe(202);
  });

  it("what is not UTF-8", async () => {
    const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const answer = await api().call(postInstances, { body });
    expect(answer.body).toMatchObject({ code: "invalid-request", detail: "the body is not UTF-8" });
  });

  it("a body that is nested without end", async () => {
    const answer = await api().call(postInstances, { body: "[".repeat(60_000) });
    expect(answer.body).toMatchObject({ status: 400, code: "invalid-request" });
  });

  it("a load balancer that no configured range may use", async () => {
    const answer = await api({ settings: { defaultAllowedCidrs: [] } }).call(postInstances, {
      body: right,
    });
    expect(answer.body).toMatchObject({ errors: [{ pointer: "/allowedCidrs", code: "required" }] });
  });

  it("a DNS label where the cluster's region is not known", async () => {
    const answer = await api({ settings: { clusterRegion: undefined } }).call(postInstances, {
      body: { ...right, dnsLabel: "orders" },
    });
    expect(answer.body).toMatchObject({ errors: [{ pointer: "/dnsLabel", code: "not-allowed" }] });
  });

  it("a query parameter, but not the function's key", async () => {
    const { call } = api();
    const refused = await call(postInstances, { body: right, query: [["dryRun", "true"]] });
    expect(refused.body).toMatchObject({
      status: 400,
      errors: [{ pointer: "/query/dryRun", code: "unknown-parameter" }],
    });
    const accepted = await call(postInstances, { body: right, query: [["code", "key-canary"]] });
    expect(accepted.status).toBe(202);
    expect(accepted.everything).not.toContain("key-canary");
  });
});

describe("POST /instances accepts", () => {
  it.each([
    ["a name of one character", { name: "a" }],
    ["a name of digits", { name: "007" }],
    ["a name of 40 characters", { name: "a".repeat(40) }],
    ["the largest size", { ...right, storageSizeGb: 4096 }],
    ["a size with a dot and nothing behind it", '{"name":"orders","storageSizeGb":10.0}'],
    ["the whole Internet, asked for", { ...right, allowedCidrs: ["0.0.0.0/0", "::/0"] }],
    ["no range without a load balancer", { ...right, useLoadBalancer: false, allowedCidrs: [] }],
    ["a DNS label", { ...right, dnsLabel: "orders" }],
    ["a byte order mark", `\ufeff{"name":"orders"}`],
    ["a password of 128 emoji", { ...right, password: "🐘".repeat(128) }],
    ["a password with every awkward character", { ...right, password: `'"\\:/@#% é$\`{}` }],
  ])("%s", async (_what, body) => {
    const { call, catalog } = api();
    const answer = await call(postInstances, { body });
    expect([answer.body, answer.status]).toMatchObject([{}, 202]);
    expect(catalog.created).toHaveLength(1);
  });
});
