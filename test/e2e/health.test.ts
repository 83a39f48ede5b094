import { z } from "zod";
import { InstanceEvent } from "../../src/domain/operation.ts";
import { poll, startEnvironment, type TestEnvironment } from "../support/environment.ts";
import { instance, query, running, type Running } from "../support/instances.ts";
import { postmastersOf } from "../support/pods.ts";

const Events = z.object({ items: z.array(InstanceEvent) });

let env: TestEnvironment;
let orders: Running;

beforeAll(async () => {
  env = await startEnvironment();
  orders = await running(env, { name: "orders" });
}, 120_000);

afterAll(() => env.stop(), 60_000);

/** Kills the server's postmaster as often as it comes back, until it is told to let be. */
function keepDown(): { deaths: () => number; letBe: () => Promise<void> } {
  let wanted = true;
  let deaths = 0;
  const killing = (async () => {
    while (wanted) {
      for (const pid of await postmastersOf(env.kubeconfig, orders.instance.id)) {
        process.kill(pid, "SIGKILL");
        deaths += 1;
      }
      await new Promise((wake) => setTimeout(wake, 20));
    }
  })();
  return {
    deaths: () => deaths,
    letBe: () => {
      wanted = false;
      return killing;
    },
  };
}

const healthIs = (status: string) =>
  poll(
    `orders to be ${status}`,
    async () => {
      const found = await instance(env, "orders");
      return found.healthStatus === status ? found : false;
    },
    { everyMs: 100 },
  );

describe("an instance that is kept down", () => {
  it("is unhealthy with its pod's reason, healthy with all its data when let be, and its timeline shows both", async () => {
    await healthIs("healthy");
    await query(orders, "create table kept (a int); insert into kept values (1), (2)");

    const killer = keepDown();
    const down = await healthIs("unhealthy").finally(killer.letBe);
    expect(killer.deaths()).toBeGreaterThan(0);
    expect(down.state).toBe("running");
    expect(down.healthFailures).toBeGreaterThanOrEqual(3);
    expect(down.healthMessage).toMatch(
      /pg-orders-[0-9a-f]{8}-0.*(back-off|restart|exit code 137)/i,
    );

    const up = await healthIs("healthy");
    expect(up.healthFailures).toBe(0);
    expect(up.healthMessage).toBeUndefined();
    expect(await query(orders, "select count(*)::int from kept")).toEqual([{ count: 2 }]);

    const { items } = Events.parse((await env.call("GET", "/instances/orders/events")).body);
    const changes = items.filter(({ type }) => type === "health.changed");

    expect(changes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/healthy/),
      expect.stringMatching(/unhealthy.*pg-orders-/s),
      expect.stringMatching(/healthy/),
    ]);
    expect(changes.map(({ at }) => at)).toEqual(changes.map(({ at }) => at).toSorted());
  }, 90_000);
});
