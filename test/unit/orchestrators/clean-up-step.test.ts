import { DomainError } from "../../../src/domain/errors.ts";
import { Progress, type Step } from "../../../src/domain/operation.ts";
import { createInstance } from "../../../src/orchestrators/create-instance.ts";
import { monitorOperation } from "../../../src/orchestrators/monitor-operation.ts";
import { drive, LOST, type Answer } from "../../support/drive.ts";
import {
  answers,
  called,
  endings,
  OPERATION,
  ref,
  spec,
  STARTED_AT,
} from "../../support/lifecycle.ts";

const SERVICE = { kind: "Service", name: "pg-orders-2f0c8d3e", uid: "u" };
const slice = (remaining: object[]) => ({
  deleted: remaining.length > 0,
  removed: [],
  remaining,
  looks: { byLabel: remaining.length, byName: 0 },
});

/** Removals that take as many slices as are said, each of 20 s. */
const slow =
  (slices: number): Answer =>
  (_input, n, world) => {
    world.advance(20_000);
    return slice(n < slices ? [SERVICE] : []);
  };

const failing = (overrides: Record<string, Answer>) =>
  drive(
    createInstance,
    spec,
    answers({
      "deploy-postgres": () => {
        throw new DomainError("pod-cannot-start", "image postgres:99 cannot be pulled");
      },
      ...overrides,
    }),
    { instanceId: OPERATION, startAt: STARTED_AT },
  );

const cleanUps = (statuses: readonly unknown[]): Step[] =>
  statuses.flatMap((one) =>
    Progress.parse(one).steps.filter(({ name }) => name === "delete-postgres"),
  );

describe("the clean-up of a create that failed", () => {
  it("is a step that runs, and says what it waits for", async () => {
    const { customStatuses, steps } = await failing({ "delete-postgres": slow(3) });

    expect(cleanUps(customStatuses)).toContainEqual(
      expect.objectContaining({
        status: "running",
        waitingFor: "still there: Service pg-orders-2f0c8d3e",
      }),
    );
    expect(endings(steps)[0]?.["steps"]).toContainEqual(
      expect.objectContaining({ name: "delete-postgres", status: "succeeded" }),
    );
  });

  it("is a step that failed when something is left", async () => {
    const { steps } = await failing({ "delete-postgres": slow(1_000) });

    expect(endings(steps)[0]?.["steps"]).toContainEqual(
      expect.objectContaining({ name: "delete-postgres", status: "failed" }),
    );
  });

  it("is a step that failed when the instance is in use by now", async () => {
    const { steps } = await failing({
      "delete-postgres": () => {
        throw new DomainError("overtaken", "the instance is running by now");
      },
    });

    expect(endings(steps)).toMatchObject([{ to: "overtaken" }]);
    expect(endings(steps)[0]?.["steps"]).toContainEqual(
      expect.objectContaining({ name: "delete-postgres", status: "failed" }),
    );
  });

  it("says that it waits for a step that gave no answer", async () => {
    const { customStatuses } = await failing({ "deploy-postgres": () => LOST });

    expect(cleanUps(customStatuses)).toContainEqual(
      expect.objectContaining({
        status: "running",
        waitingFor: expect.stringMatching(/no answer/),
      }),
    );
  });

  it("is no step of a create that goes well", async () => {
    const { customStatuses } = await drive(createInstance, spec, answers({}), {
      instanceId: OPERATION,
      startAt: STARTED_AT,
    });

    expect(cleanUps(customStatuses)).toEqual([]);
  });

  it("is left to the execution that has the operation by now", async () => {
    const { error, steps } = await failing({
      "deploy-postgres": () => {
        throw new DomainError("operation-taken", "another execution has it");
      },
    });

    expect(error?.code).toBe("operation-taken");
    expect(called(steps)).toEqual(["begin-operation", "deploy-postgres"]);
  });
});

describe("the clean-up of a create that its monitor closes", () => {
  const monitoring = (
    facts: object,
    overrides: Record<string, Answer> = {},
    startAt = STARTED_AT,
  ) =>
    drive(
      monitorOperation,
      { operationId: "op-1" },
      answers({
        "get-operation-status": () => ({
          kind: "create",
          status: "running",
          deadlineAt: "2026-11-21T08:15:00.000Z",
          steps: [
            {
              name: "wait-for-ready",
              status: "running",
              attempts: 3,
              waitingFor: "1 Insufficient memory",
              action: "Add a node.",
            },
            { name: "test-connection", status: "pending", attempts: 0 },
          ],
          ...ref,
          instanceState: "creating",
          orchestration: "ended",
          pastDeadline: false,
          ...facts,
        }),
        ...overrides,
      }),
      { startAt },
    );

  it("is shown after the steps that the create got to, which wait for nothing any more", async () => {
    const { customStatuses, steps } = await monitoring({}, { "delete-postgres": slow(2) });

    const seen = customStatuses.map((one) => Progress.parse(one).steps);
    expect(seen).toContainEqual([
      { name: "wait-for-ready", status: "failed", attempts: 3 },
      { name: "test-connection", status: "skipped", attempts: 0 },
      expect.objectContaining({
        name: "delete-postgres",
        status: "running",
        waitingFor: "still there: Service pg-orders-2f0c8d3e",
      }),
    ]);
    expect(endings(steps)[0]?.["steps"]).toHaveLength(3);
  });

  it.each([
    [true, "the operation did not end by its deadline and was terminated"],
    [
      false,
      "the operation did not end by its deadline, and its orchestration could not be terminated",
    ],
  ])("says truly whether it was stopped: %s", async (stopped, message) => {
    const { steps } = await monitoring(
      { orchestration: "alive", pastDeadline: true },
      { "stop-operation": () => ({ stopped }) },
      new Date("2026-11-21T08:30:00.000Z"),
    );

    expect(endings(steps)).toMatchObject([{ failure: { code: "deadline-passed", message } }]);
  });
});
