import { Operation } from "../../src/domain/operation.ts";
import { startEnvironment, type TestEnvironment } from "../support/environment.ts";
import { create, ended, instance, query, remove, running } from "../support/instances.ts";
import { instanceObjects } from "../support/leftovers.ts";

let env: TestEnvironment;

beforeAll(async () => {
  env = await startEnvironment();
}, 120_000);

afterAll(() => env.stop(), 60_000);

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const code = (body: unknown): unknown => (body as { code?: unknown }).code;

describe("many requests at once", () => {
  it("runs ten instances that were created at once, and removes all when they are deleted at once", async () => {
    const names = range(10).map((index) => `many-${index}`);
    const made = await Promise.all(names.map((name) => running(env, { name })));
    const seen = await Promise.all(
      made.map((one) => query<{ one: number }>(one, "select 1 as one")),
    );
    expect(seen.flat()).toEqual(names.map(() => ({ one: 1 })));
    expect(new Set(made.map(({ instance: { externalIp } }) => externalIp)).size).toBe(10);

    const deletes = await Promise.all(names.map((name) => remove(env, name)));
    const outcomes = await Promise.all(deletes.map(({ id }) => ended(env, id)));
    expect(outcomes.map(({ status }) => status)).toEqual(names.map(() => "succeeded"));
    expect(await instanceObjects(env.kubeconfig)).toEqual([]);
  }, 120_000);

  it("answers twenty parallel requests with one idempotency key with one operation", async () => {
    const headers = { "idempotency-key": "one-and-the-same" };
    const answers = await Promise.all(
      range(20).map(() => env.call("POST", "/instances", { name: "keyed" }, headers)),
    );
    const bodies = answers.map(
      ({ body }) => body as { operation: { id: string }; password?: string },
    );

    expect(answers.map(({ status }) => status)).toEqual(range(20).map(() => 202));
    expect(new Set(bodies.map(({ operation }) => operation.id)).size).toBe(1);
    expect(
      answers.filter((answer) => answer.headers.get("idempotency-replayed") === "true"),
    ).toHaveLength(19);
    expect(bodies.filter(({ password }) => password !== undefined)).toHaveLength(1);
    expect(code((await env.call("POST", "/instances", { name: "other" }, headers)).body)).toBe(
      "idempotency-key-reused",
    );
    await ended(env, bodies[0]?.operation.id ?? "");
    await ended(env, (await remove(env, "keyed")).id);
  }, 60_000);

  it("gives one of twenty parallel requests for a name the name, and refuses nineteen", async () => {
    const answers = await Promise.all(
      range(20).map(() => env.call("POST", "/instances", { name: "wanted" })),
    );
    const refused = answers.filter(({ status }) => status === 409);

    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(refused.map(({ body }) => code(body))).toEqual(range(19).map(() => "name-taken"));
    await ended(env, (await remove(env, "wanted")).id);
  }, 60_000);

  it.each([
    "at once",
    "deploy-postgres",
    "wait-for-ready",
    "test-connection",
    "start-health-check",
  ])(
    "deletes an instance whose create has come as far as %s, and leaves nothing",
    async (step) => {
      const { instance: made, operation: creating } = await create(env, { name: "short-lived" });
      if (step !== "at once") await reached(creating.id, step);
      const deleting = await remove(env, "short-lived");
      const [create_, delete_] = await Promise.all([
        ended(env, creating.id),
        ended(env, deleting.id),
      ]);

      expect(delete_.status).toBe("succeeded");
      expect(create_.status).toMatch(/^(canceled|succeeded)$/);
      if (create_.status === "canceled") expect(create_.error?.code).toBe("overtaken");
      expect(await instance(env, made.id)).toMatchObject({ state: "deleted" });
      expect(await instanceObjects(env.kubeconfig)).toEqual([]);
    },
    60_000,
  );

  it("cancels a running create, says so, and leaves nothing but the name", async () => {
    const { instance: made, operation: creating } = await create(env, { name: "canceled" });
    await reached(creating.id, "deploy-postgres");
    expect((await env.call("POST", `/operations/${creating.id}/cancel`)).status).toBe(202);
    expect((await env.call("POST", `/operations/${creating.id}/cancel`)).status).toBe(202);
    const { status, error } = await ended(env, creating.id);

    expect([status, error?.code]).toEqual(["canceled", "canceled"]);
    expect(await instance(env, made.id)).toMatchObject({
      state: "failed",
      failure: { code: "canceled" },
    });
    expect(await instanceObjects(env.kubeconfig)).toEqual([]);
    expect(code((await env.call("POST", "/instances", { name: "canceled" })).body)).toBe(
      "name-taken",
    );
    expect(code((await env.call("POST", `/operations/${creating.id}/cancel`)).body)).toBe(
      "not-cancelable",
    );
    await ended(env, (await remove(env, "canceled")).id);
  }, 60_000);
});

/** Waits until a step of an operation has begun, or the operation has ended. */
async function reached(id: string, step: string): Promise<void> {
  for (;;) {
    const { steps, status } = Operation.parse((await env.call("GET", `/operations/${id}`)).body);
    const begun = steps.some((one) => one.name === step && one.status !== "pending");
    if (begun || !["notStarted", "running"].includes(status)) return;
  }
}
