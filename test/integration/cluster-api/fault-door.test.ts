import { startCluster, type Cluster } from "../../../local/cluster/server.ts";

const TOKEN = "a-token-for-tests";

describe("the cluster's door for faults", () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await startCluster({ token: TOKEN });
  });
  afterEach(async () => cluster.stop());

  const call = async (
    method: string,
    path: string,
    body?: unknown,
    token = TOKEN,
  ): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${cluster.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, body: JSON.parse(await answer.text()) as unknown };
  };
  const door = (method: string, body?: unknown, id = "") =>
    call(method, `/local/faults${id === "" ? "" : `/${id}`}`, body);
  const ask = (body: object) => door("POST", body);
  const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  const read = (name: string) => call("GET", `${CONFIG_MAPS}/${name}`);

  it("takes a fault, lists it with its defaults and what has come of it, and ends it", async () => {
    const asked = await ask({
      fault: "api-429",
      instance: "orders",
      times: 2,
      retryAfterSeconds: 7,
    });
    expect(asked).toEqual({
      status: 201,
      body: {
        fault: {
          id: "1",
          request: { fault: "api-429", instance: "orders", times: 2, retryAfterSeconds: 7 },
          hits: 0,
          left: 2,
        },
      },
    });
    await ask({ fault: "no-room", forSeconds: 60 });
    expect((await read("pg-orders-1a2b3c4d-config")).status).toBe(429);

    expect((await door("GET")).body).toMatchObject({
      items: [
        { id: "1", hits: 1, left: 1 },
        { id: "2", request: { fault: "no-room", lacks: "memory" }, until: expect.any(String) },
      ],
    });
    expect((await door("DELETE", undefined, "1")).body).toEqual({ ended: 1 });
    expect((await read("pg-orders-1a2b3c4d-config")).status).toBe(404);
    expect((await door("DELETE")).body).toEqual({ ended: 1 });
    expect((await door("GET")).body).toEqual({ items: [] });
  });

  it("lets nobody in without the token", async () => {
    for (const method of ["GET", "POST", "DELETE"]) {
      expect((await call(method, "/local/faults", undefined, "wrong")).status).toBe(401);
    }
  });

  it.each<[string, unknown, string]>([
    [
      "a fault that there is not",
      { fault: "flood" },
      'there is no fault "flood": ask for one of image',
    ],
    ["no fault", {}, "a fault is wanted: ask for one of image"],
    ["no object", [1], "a fault is wanted"],
    ["no JSON", "{", "the body of the request is not valid JSON"],
    ["a field of another fault", { fault: "no-room", verb: "get" }, 'this fault takes no "verb"'],
    [
      "a value that is not known",
      { fault: "no-room", lacks: "hope" },
      '"lacks" must be one of memory, cpu',
    ],
    [
      "a kind that is not known",
      { fault: "api-500", kind: "Pods" },
      '"kind" must be one of Namespace',
    ],
    [
      "a name that is no instance's",
      { fault: "no-room", instance: "a.b" },
      '"instance" must be the name of an instance',
    ],
    [
      "a time that is none",
      { fault: "no-room", forSeconds: -1 },
      '"forSeconds" must be a number of seconds',
    ],
    [
      "half a time",
      { fault: "no-room", times: 1.5 },
      '"times" must be a whole number from 1 to 1000',
    ],
    [
      "two ends",
      { fault: "no-room", times: 1, forSeconds: 1 },
      'give "forSeconds" or "times", not both',
    ],
    [
      "an instance of requests that name none",
      { fault: "api-500", verb: "list", instance: "orders" },
      'a request to list names no object, so "instance" cannot go with it',
    ],
    [
      "a name of requests that have none",
      { fault: "api-cut", verb: "create", name: "x" },
      'a request to create names no object, so "name" cannot go with it',
    ],
  ])("refuses %s in one sentence", async (_what, body, sentence) => {
    const { status, body: answer } = await door("POST", body);

    expect(status).toBe(400);
    expect(answer).toMatchObject({ message: expect.stringContaining(sentence) });
    expect((await door("GET")).body).toEqual({ items: [] });
  });

  it("knows no other method, and says that a fault is over", async () => {
    expect((await door("PUT", {})).status).toBe(405);
    expect((await door("GET", undefined, "1")).status).toBe(405);
    expect(await door("DELETE", undefined, "1")).toMatchObject({
      status: 404,
      body: { message: 'no fault has the id "1": it is over, perhaps' },
    });
  });

  it.each([
    [
      "api-403",
      403,
      'configmaps "x" is forbidden: User "toygres" cannot get resource "configmaps"',
    ],
    [
      "api-409",
      409,
      'Operation cannot be fulfilled on configmaps "x": the object has been modified',
    ],
    ["api-429", 429, "the server has received too many requests"],
    ["api-500", 500, "etcdserver: request timed out"],
  ])("has the next request answered as a real API server does: %s", async (fault, code, words) => {
    await ask({ fault });
    const first = await read("x");

    expect(first.status).toBe(code);
    expect(first.body).toMatchObject({ code, message: expect.stringContaining(words) });
    expect((await read("x")).status).toBe(404);
  });

  it("hits only what was named: by verb, kind, name or instance", async () => {
    await ask({ fault: "api-500", verb: "get", kind: "Secret", forSeconds: 60 });
    await ask({ fault: "api-500", name: "exactly", forSeconds: 60 });
    await ask({ fault: "api-500", instance: "orders", forSeconds: 60 });
    const codes = await Promise.all(
      [
        "a",
        "exactly",
        "exactly-not",
        "pg-orders-1a2b3c4d",
        "pg-orders-1a2b3c4d-config",
        "pg-orders-eu-1a2b3c4d",
        "pg-orders-1a2b3c4d-5e6f7a8b",
      ].map(async (name) => (await read(name)).status),
    );
    expect(codes).toEqual([404, 500, 404, 500, 500, 404, 404]);
    expect((await call("GET", "/api/v1/namespaces/default/secrets/a")).status).toBe(500);
  });

  it("cuts the connection, before or after the work is done", async () => {
    const make = (name: string) => call("POST", CONFIG_MAPS, { metadata: { name } });
    await ask({ fault: "api-cut" });
    await expect(make("a")).rejects.toThrow();
    await ask({ fault: "api-lose-reply" });
    await expect(make("b")).rejects.toThrow();

    expect([(await read("a")).status, (await read("b")).status]).toEqual([404, 200]);
  });

  it("cuts the watches that are open, and those that begin while it lasts", async () => {
    const watch = async (): Promise<string> => {
      const answer = await fetch(`${cluster.url}${CONFIG_MAPS}?watch=1`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      return answer.text().then(
        () => "ended",
        () => "cut",
      );
    };
    const open = watch();
    while (cluster.faults.openWatches === 0) await new Promise((wake) => setTimeout(wake, 5));
    expect(await ask({ fault: "watch-dropped", kind: "Pod" })).toMatchObject({
      body: { fault: null },
    });
    expect(cluster.faults.openWatches).toBe(1);
    await ask({ fault: "watch-dropped", times: 1 });
    expect(await open).toBe("cut");
    expect(await watch()).toBe("cut");
    expect((await door("GET")).body).toEqual({ items: [] });
  });
});
