import { DomainError } from "../../../src/domain/errors.ts";
import { monitorOperation } from "../../../src/orchestrators/monitor-operation.ts";
import { drive, type Answer } from "../../support/drive.ts";
import { answers, called, endings, ref, STARTED_AT } from "../../support/lifecycle.ts";

const DEADLINE_AT = "2026-11-21T08:15:00.000Z";

const facts = (more: object = {}) => ({
  kind: "create",
  status: "running",
  deadlineAt: DEADLINE_AT,
  steps: [{ name: "wait-for-ready", status: "running", attempts: 3 }],
  ...ref,
  instanceState: "creating",
  orchestration: "alive",
  pastDeadline: false,
  ...more,
});

const monitor = (status: Answer, overrides: Record<string, Answer> = {}, startAt = STARTED_AT) =>
  drive(
    monitorOperation,
    { operationId: "op-1" },
    answers({ "get-operation-status": status, ...overrides }),
    {
      startAt,
    },
  );

const LATE = new Date("2026-11-21T08:16:00.000Z");

describe("monitor-operation", () => {
  it.each([
    ["has ended", facts({ status: "succeeded", orchestration: "ended" })],
    ["goes on within its deadline", facts()],
    ["is the sweep's to start", facts({ status: "notStarted", orchestration: "missing" })],
  ])("leaves an operation alone that %s", async (_what, status) => {
    const { result, steps } = await monitor(() => status);

    expect(result).toEqual({ closed: false });
    expect(called(steps)).toEqual(["get-operation-status"]);
  });

  it.each(["ended", "missing"])(
    "cleans up and closes a create whose orchestration is %s, after looking three times",
    async (orchestration) => {
      const { result, steps } = await monitor(() => facts({ orchestration }));

      expect(result).toEqual({ closed: true });
      expect(called(steps)).toEqual([
        ...["get-operation-status", "get-operation-status", "get-operation-status"],
        "get-operation-status",
        "delete-postgres",
        "delete-postgres",
        "update-metadata",
      ]);
      expect(endings(steps)).toMatchObject([
        {
          to: "failed",
          failure: { code: "orchestration-lost" },
          steps: [
            { name: "wait-for-ready", status: "failed" },
            { name: "delete-postgres", status: "succeeded" },
          ],
        },
      ]);
      expect(endings(steps)[0]).not.toHaveProperty("token");
    },
  );

  it("takes an orchestration that shows up at the second look as alive", async () => {
    const { result, steps } = await monitor((_input, n) =>
      facts({ orchestration: n === 1 ? "missing" : "alive" }),
    );

    expect(result).toEqual({ closed: false });
    expect(called(steps)).not.toContain("update-metadata");
  });

  it("gives an operation past its deadline six more minutes for its own clean-up, then terminates it", async () => {
    const { steps, elapsedMs } = await monitor(() => facts({ pastDeadline: true }), {}, LATE);

    expect(elapsedMs).toBeGreaterThanOrEqual(300_000);
    expect(called(steps)).toContain("stop-operation");
    expect(endings(steps)).toMatchObject([{ to: "failed", failure: { code: "deadline-passed" } }]);
  });

  it.each([
    ["does not take effect", (() => ({ stopped: false })) satisfies Answer],
    [
      "is refused",
      (() => {
        throw new DomainError("durable-unavailable", "the durable service refused it");
      }) satisfies Answer,
    ],
  ])(
    "closes the operation all the same when its termination %s for five minutes",
    async (_what, stop) => {
      const { result, steps, elapsedMs } = await monitor(
        () => facts(),
        { "stop-operation": stop },
        new Date("2026-11-21T08:30:00.000Z"),
      );

      expect(result).toEqual({ closed: true });
      expect(elapsedMs).toBeLessThan(600_000);
      expect(endings(steps)).toMatchObject([
        { to: "failed", failure: { code: "deadline-passed" } },
      ]);
    },
  );

  it.each(["missing", "ended"])(
    "closes what was never begun and is past its deadline, when its orchestration is %s",
    async (orchestration) => {
      const never = facts({ status: "notStarted", orchestration });
      const { result, steps } = await monitor(() => never, {}, LATE);

      expect(result).toEqual({ closed: true });
      expect(endings(steps)).toMatchObject([{ failure: { code: "orchestration-lost" } }]);
    },
  );

  it("lets what a long outage delayed begin, however late it is", async () => {
    const { result, steps } = await monitor(
      (_input, n) =>
        n < 4 ? facts({ status: "notStarted" }) : facts({ deadlineAt: "2026-11-22T08:15:00.000Z" }),
      {},
      new Date("2026-11-22T08:00:00.000Z"),
    );

    expect(result).toEqual({ closed: false });
    expect(called(steps)).not.toContain("stop-operation");
  });

  it("terminates what is alive and does not begin for six minutes", async () => {
    const { steps, elapsedMs } = await monitor(
      () => facts({ status: "notStarted" }),
      {},
      new Date("2026-11-22T08:00:00.000Z"),
    );

    expect(elapsedMs).toBeGreaterThanOrEqual(360_000);
    expect(called(steps)).toContain("stop-operation");
    expect(endings(steps)).toMatchObject([{ failure: { code: "deadline-passed" } }]);
  });

  it("removes only when the last activity of what it terminated is over", async () => {
    const { steps } = await monitor(() => facts({ pastDeadline: true }), {}, LATE);
    const stop = steps.findIndex((step) => "name" in step && step.name.endsWith("stop-operation"));
    const remove = steps.findIndex(
      (step) => "name" in step && step.name.endsWith("delete-postgres"),
    );

    expect(steps.slice(stop, remove)).toContainEqual({
      kind: "timer",
      ms: 60_000,
      canceled: false,
    });
  });

  it("closes a lost delete as failed without touching the cluster, so that DELETE can be sent again", async () => {
    const { steps } = await monitor(() =>
      facts({ kind: "delete", instanceState: "deleting", orchestration: "missing" }),
    );

    expect(called(steps)).not.toContain("delete-postgres");
    expect(endings(steps)).toMatchObject([
      {
        to: "failed",
        failure: {
          code: "orchestration-lost",
          remaining: ["whatever is named pg-orders-2f0c8d3e"],
        },
      },
    ]);
  });

  it("only closes the operation of a lost create whose instance a delete has", async () => {
    const { steps } = await monitor(
      () => facts({ instanceState: "deleting", orchestration: "missing" }),
      {
        "update-metadata": (_input, n) => ({
          instanceId: ref.instanceId,
          outcome: n === 1 ? "overtaken" : "done",
        }),
      },
    );

    expect(called(steps)).not.toContain("delete-postgres");
    expect(endings(steps)).toMatchObject([{ to: "failed" }, { to: "overtaken" }]);
  });
});
