import { getHealth, getHealthLive } from "../../../src/functions/get-health.ts";
import { api, cluster } from "../../support/api.ts";
import { MemoryCatalog } from "../../support/memory-catalog.ts";

const fine = { status: "healthy", latencyMs: expect.any(Number) as unknown };
const bad = { ...fine, status: "unhealthy" };

function clockAt(seconds: number) {
  const clock = { seconds, now: () => new Date(clock.seconds * 1_000) };
  return clock;
}

describe("GET /health", () => {
  it("is 200 when all that the control plane needs answers", async () => {
    const { status, body } = await api().call(getHealth());
    expect(status).toBe(200);
    expect(body).toEqual({
      status: "healthy",
      checks: { metadata: fine, cluster: fine, durable: fine },
    });
  });

  it("is 503 when something does not, and names no host and no error", async () => {
    const ping = async () => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.1:6443"));
    const { status, headers, body, everything } = await api({
      cluster: { ...cluster, ping },
    }).call(getHealth());
    expect(status).toBe(503);
    expect(headers).toHaveProperty("retry-after");
    expect(body).toEqual({
      status: "unhealthy",
      checks: { metadata: fine, cluster: bad, durable: fine },
    });
    expect(everything).not.toContain("10.0.0.1");
  });

  it("does not wait longer than 2 s for what answered before and does not any more", async () => {
    class Fading extends MemoryCatalog {
      #pings = 0;
      override ping = async () => {
        this.#pings += 1;
        if (this.#pings > 1) await Promise.withResolvers<never>().promise;
      };
    }
    const clock = clockAt(0);
    const { call } = api({ catalog: new Fading(), clock });
    const endpoint = getHealth();
    expect((await call(endpoint)).status).toBe(200);
    clock.seconds = 5;
    const startedAt = performance.now();
    const { status, body } = await call(endpoint);
    expect([status, body]).toMatchObject([503, { checks: { metadata: bad, durable: fine } }]);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it("looks once in 5 s, however often it is asked", async () => {
    const clock = clockAt(0);
    const { call, calls } = api({ clock });
    const endpoint = getHealth();
    const looks = async (at: number) => {
      clock.seconds = at;
      await Promise.all([call(endpoint), call(endpoint, { query: [["probe", "1"]] })]);
      return calls.length;
    };
    expect([await looks(0), await looks(4.9), await looks(5)]).toEqual([1, 1, 2]);
  });
});

describe("GET /health/live", () => {
  it("answers without touching anything", async () => {
    const untouchable = new Proxy(
      {},
      {
        get: (_target, name) => {
          throw new Error(`"${String(name)}" was touched`);
        },
      },
    );
    const reply = await getHealthLive.handle(
      { params: {}, query: [["probe", "1"]], headers: new Headers(), body: null },
      untouchable,
      { requestId: "1", log: { info: () => 0, warn: () => 0, error: () => 0 } },
    );
    expect(reply).toEqual({ status: 200, body: { status: "healthy" } });
    expect(getHealthLive.authLevel).toBe("anonymous");
  });
});
