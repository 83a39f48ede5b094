import { setTimeout as sleep } from "node:timers/promises";
import {
  poll,
  startEnvironment,
  type ServiceName,
  type TestEnvironment,
} from "../support/environment.ts";
import { create, ended, instance, query, remove } from "../support/instances.ts";
import { instanceObjects, onThisMachine } from "../support/leftovers.ts";

let env: TestEnvironment;

beforeAll(async () => {
  env = await startEnvironment();
}, 120_000);

afterAll(() => env.stop(), 60_000);

const names = ["a", "b", "c", "d", "e"];
/** Five creates or deletes at once take some seconds here, so that this is in the middle of all of them. */
const INTO_MS = 300;

describe.each<ServiceName>(["functions-host", "cluster", "metadata"])(
  "kill -9 of the %s",
  (service) => {
    it("in the middle of 5 creates and of 5 deletes loses and doubles nothing", async () => {
      const made = await Promise.all(names.map((name) => create(env, { name })));
      await sleep(INTO_MS);
      await env.kill9(service);
      const creates = await Promise.all(made.map(({ operation }) => ended(env, operation.id)));
      expect(creates.map(({ status, error }) => error ?? status)).toEqual(
        names.map(() => "succeeded"),
      );
      expect(await podsOf()).toHaveLength(5);
      for (const {
        instance: { id },
        password,
      } of made) {
        const ca = await env.call("GET", `/instances/${id}/ca.pem`);
        const one = {
          instance: await instance(env, id),
          password: password ?? "",
          ca: String(ca.body),
        };
        await poll(`instance ${id} to let its user in`, () =>
          query(one, "select 1").then(
            () => true,
            () => false,
          ),
        );
      }

      const deletes = await Promise.all(names.map((name) => remove(env, name)));
      await sleep(INTO_MS);
      await env.kill9(service);
      const outcomes = await Promise.all(deletes.map(({ id }) => ended(env, id)));
      expect(outcomes.map(({ status, error }) => error ?? status)).toEqual(
        names.map(() => "succeeded"),
      );
      await poll("the cluster to answer", () =>
        podsOf().then(
          () => true,
          () => false,
        ),
      );
      expect(await instanceObjects(env.kubeconfig)).toEqual([]);
      // The metadata's own server, and nothing else.
      const left = await onThisMachine(env.data);
      expect(left).toEqual({ servers: [expect.any(Number)], volumes: [], pods: [] });
    }, 180_000);
  },
);

async function podsOf(): Promise<string[]> {
  return (await instanceObjects(env.kubeconfig)).filter((name) => name.startsWith("Pod "));
}
