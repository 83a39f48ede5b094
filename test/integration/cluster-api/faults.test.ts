import { startCluster, type Cluster } from "../../../local/cluster/server.ts";

describe("planned faults of the cluster", () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(async () => cluster.stop());

  const create = (name: string): Promise<Response> =>
    fetch(`${cluster.url}/api/v1/namespaces/default/configmaps`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ metadata: { name } }),
    });
  const exists = (name: string): boolean =>
    cluster.store.get({ kind: "ConfigMap", namespace: "default", name }) !== undefined;

  it("answer the nth matching request with a status and do nothing", async () => {
    cluster.faults.add({
      verb: "create",
      kind: "ConfigMap",
      nth: 2,
      effect: { type: "status", code: 503, retryAfterSeconds: 7 },
    });
    const codes = [
      (await create("a")).status,
      (await create("b")).status,
      (await create("c")).status,
    ];
    expect(codes).toEqual([201, 503, 201]);
    expect(exists("b")).toBe(false);
  });

  it("cut the connection before anything is done", async () => {
    cluster.faults.add({ verb: "create", effect: { type: "cut" } });
    await expect(create("a")).rejects.toThrow();
    expect(exists("a")).toBe(false);
  });

  it("do the work and lose the reply", async () => {
    cluster.faults.add({ verb: "create", kind: "ConfigMap", effect: { type: "lose-reply" } });
    await expect(create("a")).rejects.toThrow();
    expect(exists("a")).toBe(true);
    expect((await create("a")).status).toBe(409);
  });

  it("do the work late", async () => {
    cluster.faults.add({ verb: "create", effect: { type: "slow", ms: 60 } });
    const before = performance.now();
    expect((await create("a")).status).toBe(201);
    expect(performance.now() - before).toBeGreaterThanOrEqual(55);
  });
});
