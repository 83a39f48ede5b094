import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { poll, startEnvironment, type TestEnvironment } from "../support/environment.ts";
import { create, ended, instance, remove } from "../support/instances.ts";

let env: TestEnvironment;

beforeAll(async () => {
  env = await startEnvironment({ env: { INSTANCE_ACCESS: "port-forward" } });
}, 120_000);

afterAll(() => env.stop(), 60_000);

/** Connections through the API server so far, by the pod that they led to. */
async function forwarded(pod: string): Promise<number> {
  const log = await readFile(join(env.data, "logs", "functions-host.log"), "utf8");
  return log
    .split("\n")
    .filter((line) => line.includes("kubernetes.forwarded") && line.includes(pod)).length;
}

it("reaches an instance without a load balancer through the API server, and one with it directly", async () => {
  const inside = await create(env, { name: "inside", useLoadBalancer: false });
  const outside = await create(env, { name: "outside" });
  for (const { operation } of [inside, outside]) {
    expect((await ended(env, operation.id)).status).toBe("succeeded");
  }

  for (const name of ["inside", "outside"]) {
    await poll(`${name} to be healthy`, async () => {
      return (await instance(env, name)).healthStatus === "healthy";
    });
  }
  const { status } = await env.call("POST", "/instances/inside/password", {});
  expect(status).toBe(200);

  // Tested by create, looked at by the health check, and the password set.
  expect(await forwarded("pg-inside")).toBeGreaterThanOrEqual(3);
  // The first look may come before the load balancer's address is written down.
  expect(await forwarded("pg-outside")).toBeLessThanOrEqual(1);
  for (const { instance: made } of [inside, outside]) await remove(env, made.id);
}, 120_000);
