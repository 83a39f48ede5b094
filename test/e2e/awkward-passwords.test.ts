import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { startEnvironment, type TestEnvironment } from "../support/environment.ts";
import { query, running, type Running } from "../support/instances.ts";

const run = promisify(execFile);

let env: TestEnvironment;
let orders: Running;

const FIRST = `it's "quoted" \\ back:/@#%?&=+ 1`;

beforeAll(async () => {
  env = await startEnvironment();
  orders = await running(env, { name: "orders" });
}, 120_000);

afterAll(() => env.stop(), 60_000);

const psqlIsNewEnough = run("psql", ["--version"]).then(
  ({ stdout }) => Number(/ (\d+)/.exec(stdout)?.[1]) >= 15,
  () => false,
);

/** As somebody would who pastes the connection string and puts the password into it. */
async function byUrl(to: Running, password: string): Promise<string> {
  const url = new URL(to.instance.ipConnectionString ?? "");
  // What `URL` leaves alone in a password is not always what a client leaves alone.
  const target = `postgresql://app:${encodeURIComponent(password)}@${url.host}${url.pathname}`;
  const client = new Client({ connectionString: target, ssl: { ca: to.ca } });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ user: string }>("select current_user as user");
    return rows[0]?.user ?? "";
  } finally {
    await client.end();
  }
}

/** A value of libpq's key-value form, whatever is in it. */
const quoted = (value: string): string =>
  `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

async function byPsql(target: string): Promise<string> {
  const { stdout } = await run("psql", ["-XAtwc", "select current_user", target], {
    env: { PATH: process.env["PATH"], PGCONNECT_TIMEOUT: "10" },
  });
  return stdout.trim();
}

async function everyWayIn(to: Running, password: string): Promise<void> {
  expect(await query(to, "select current_user as user", { password })).toEqual([{ user: "app" }]);
  expect(await byUrl(to, password)).toBe("app");
  if (!(await psqlIsNewEnough)) return;
  const ca = join(env.data, "ca.pem");
  await writeFile(ca, to.ca);
  const host = to.instance.externalIp ?? "";
  const tls = `sslmode=verify-full sslrootcert=${ca}`;
  expect(await byPsql(`host=${host} user=app dbname=app ${tls} password=${quoted(password)}`)).toBe(
    "app",
  );
  const url = `postgresql://app:${encodeURIComponent(password)}@${host}/app`;
  expect(await byPsql(`${url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(ca)}`)).toBe(
    "app",
  );
}

const awkward: readonly (readonly [string, string])[] = [
  ["single quotes", "it's 'quoted' ''twice''"],
  ["double quotes", 'say "hello" "again"'],
  ["backslashes at the end", "C:\\new\\table\\\\"],
  ["colons, slashes and at signs", "user:pass@host:5432/db//@@"],
  ["what ends a URL's path", "before#after?query&more=1;"],
  ["what looks encoded", "100%25 sure %00 %zz%"],
  ["spaces at both ends", "  in the middle  too  "],
  ["dollars and backticks", "$HOME `id` $(id) ${PATH} !!"],
  ["brackets and other marks", "<>[]{}()|^~*,.+-_=\u00a7"],
  ["what SQL would end with", "'; drop role app; --"],
  ["emoji", "correct horse 🐎🔋📎"],
  ["letters of many scripts", "пароль 密码 contraseña"],
  ["128 letters", "x".repeat(128)],
  ["128 emoji", "🐎".repeat(128)],
];

describe("an awkward password", () => {
  it("given at the creation lets its user in, in every way", async () => {
    await everyWayIn(await running(env, { name: "first", password: FIRST }), FIRST);
  });

  it.each(awkward)("with %s lets its user in, in every way", async (_what, password) => {
    const answer = await env.call("POST", "/instances/orders/password", { password });
    expect([answer.status, answer.body]).toEqual([200, {}]);
    await everyWayIn(orders, password);
  });
});

describe("a password that is not allowed", () => {
  beforeAll(async () => {
    await env.call("POST", "/instances/orders/password", { password: FIRST });
  });

  it.each([
    ["11 characters", "elevenchars"],
    ["129 characters", "x".repeat(129)],
    ["a zero byte", "twelve chars\0and more"],
    ["a line break", "twelve chars\nand more"],
    ["an escape character", "twelve chars\u001b[31m"],
    ["half a surrogate pair", "twelve chars\ud83d"],
    ["two forms after normalisation", "ﬁve ligatures 🐎🐎"],
    ["nothing but invisible characters", "\u00ad".repeat(20)],
  ])("with %s is refused, and the present one stays", async (_what, password) => {
    for (const [path, body] of [
      ["/instances/orders/password", { password }],
      ["/instances", { name: "refused", password }],
    ] as const) {
      const answer = await env.call("POST", path, body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        code: "invalid-password",
        errors: [{ pointer: "/password" }],
      });
      expect(JSON.stringify(answer.body)).not.toContain(password.slice(0, 12));
    }
    expect(await byUrl(orders, FIRST)).toBe("app");
  });
});
