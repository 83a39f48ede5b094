import { request } from "node:http";
import { launchHost, type HostProcess } from "../../support/functions-host.ts";

let host: HostProcess;

beforeAll(async () => {
  host = await launchHost();
});

afterAll(async () => {
  await host.stop();
});

async function call(path: string, init?: RequestInit) {
  const response = await fetch(host.url + path, init);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}

/** The path as it stands, which fetch would fold. */
function rawStatus(method: string, path: string): Promise<number | undefined> {
  return new Promise((done, failed) => {
    const { hostname, port } = new URL(host.url);
    const outgoing = request({ hostname, port, method, path }, (response) => {
      response.resume();
      response.on("end", () => {
        done(response.statusCode);
      });
    });
    outgoing.on("error", failed);
    outgoing.end();
  });
}

describe("an HTTP function", () => {
  it("is given method, parameters, joined query, headers and body, and answers with all that it returns", async () => {
    const { status, headers, body } = await call("/api/echo/a%2Fb/c%20d?state=a&state=b", {
      method: "POST",
      headers: { "x-say": "hi" },
      body: "a body",
    });
    expect(status).toBe(201);
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("x-echo")).toBe("hi");
    expect(headers.get("set-cookie")).toBe("a=b%20c; path=/; samesite=lax; httponly");
    expect(body).toEqual({
      params: { id: "a%2Fb", more: "c d" },
      query: { state: "a,b" },
      method: "POST",
      body: "a body",
    });
  });

  it("is reached whatever the case and with a trailing slash", async () => {
    expect((await call("/API/Echo/1/")).body).toMatchObject({ params: { id: "1" } });
  });

  it("is the first by name when several fit", async () => {
    expect((await call("/api/which/one")).body).toBe("a");
  });

  it.each([
    ["GET", "/api/none", 404],
    ["PUT", "/api/echo/1", 404],
    ["HEAD", "/api/echo/1", 404],
    ["OPTIONS", "/api/echo/1", 404],
    ["GET", "/api/bad.name", 404],
    ["GET", "/api/echo/a%00b", 400],
    ["GET", "/api/x/../echo/1", 201],
    ["GET", "/api/x/%2e%2e/echo/1", 201],
    ["GET", "//api/echo/1", 201],
    ["OPTIONS", "*", 400],
  ])("%s %s is %d", async (method, path, status) => {
    expect(await rawStatus(method, path)).toBe(status);
  });

  it("that returns nothing is 204, and that throws is 500, both empty", async () => {
    expect(await call("/api/nothing")).toMatchObject({ status: 204, body: "" });
    expect(await call("/api/broken")).toMatchObject({ status: 500, body: "" });
    expect(host.lines.find((line) => line.includes("boom http"))).toMatch(
      /error {7}\[broken\] Executed 'Functions.broken' \(Failed\): boom http/,
    );
  });

  it("goes through the hooks, which may change its inputs and its result", async () => {
    expect(await call("/api/hooked")).toMatchObject({ status: 200, body: "changed" });
  });

  it("has what it logs changed by a log hook", async () => {
    await call("/api/echo/hush");
    expect(host.lines.find((line) => line.includes("***"))).toMatch(/id: '\*\*\*' \} \} seen$/);
    expect(host.lines.join("\n")).not.toContain("hush");
  });

  it("refuses a body beyond 100 MB with 413 before it is sent", async () => {
    const { hostname, port } = new URL(host.url);
    const status = await new Promise((done, failed) => {
      const outgoing = request({
        hostname,
        port,
        method: "POST",
        path: "/api/echo/big",
        headers: { "content-length": 100 * 1024 * 1024 + 1 },
      });
      outgoing.on("response", (response) => {
        done(response.statusCode);
        outgoing.destroy();
      });
      outgoing.on("error", failed);
      outgoing.flushHeaders();
    });
    expect(status).toBe(413);
  });

  it("logs objects as util.format shows them, on one line with its name and invocation", async () => {
    await call("/api/echo/logged");
    expect(host.lines.find((line) => line.includes("logged"))).toMatch(
      /^\S+Z information \[echo [0-9a-f-]{36}\] \{ path: \{ id: 'logged' \} \} seen$/,
    );
  });
});

describe("the host", () => {
  it("lists its functions as func start does, and leaves out the one in error", () => {
    expect(host.lines).toContain("Functions:");
    expect(host.lines).toContain(`\techo: [GET,POST] ${host.url}/api/echo/{id}/{more?}`);
    expect(host.lines).toContain("\ttick: timerTrigger");
    expect(host.lines).toContain("\tseq: orchestrationTrigger");
    expect(host.lines.join("\n")).toContain(
      "The 'bad.name' function is in error: 'bad.name' is not a valid function name.",
    );
  });

  it("has the admin calls", async () => {
    expect((await call("/admin/host/ping")).status).toBe(200);
    expect((await call("/admin/host/status")).body).toMatchObject({ state: "Running" });
    const { body } = await call("/admin/functions");
    expect((body as { name: string }[]).map(({ name }) => name)).toContain("echo");
    expect((await call("/admin/functions/tick")).body).toMatchObject({
      name: "tick",
      config: { bindings: [{ type: "timerTrigger", schedule: "0 0 0 1 1 *" }] },
    });
  });

  it.each([
    ["tick", "{}", 202],
    ["TICK", '{"input":""}', 202],
    ["tick", "", 400],
    ["nobody", "{}", 404],
    ["echo", "{}", 501],
  ])("runs %s by hand with the body %p: %d", async (name, body, status) => {
    const answer = await call(`/admin/functions/${name}`, { method: "POST", body });
    expect(answer.status).toBe(status);
  });

  it("has a landing page", async () => {
    expect(await call("/")).toMatchObject({ status: 200 });
  });
});
