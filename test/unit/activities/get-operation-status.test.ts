import { getOperationStatus } from "../../../src/activities/get-operation-status.ts";
import type { OperationFacts } from "../../../src/domain/metadata.ts";
import type { Step } from "../../../src/domain/operation.ts";
import type { Status } from "../../../src/durable/client.ts";
import { activityContext } from "../../support/activity-context.ts";
import { anInstance, anOperation } from "../../support/memory-catalog.ts";

const NOW = new Date("2026-11-21T08:05:00.000Z");
const common = { id: "op-1", name: "x", createdAt: NOW, updatedAt: NOW };
const shown: Step[] = [{ name: "wait-for-ready", status: "running", attempts: 2 }];

function look(status: Status | undefined, operation: Partial<OperationFacts["operation"]> = {}) {
  const { context } = activityContext({ durable: { status: async () => status } });
  const facts: OperationFacts = {
    operation: {
      ...anOperation(),
      status: "running",
      deadlineAt: "2026-11-21T08:15:00.000Z",
      ...operation,
    },
    instance: anInstance(),
    cancelRequested: false,
  };
  const ledger = { findOperation: async () => facts };
  return getOperationStatus.run(
    { operationId: "op-1" },
    { ledger, clock: { now: () => NOW } },
    context,
  );
}

describe("get-operation-status", () => {
  it.each<[string, Status | undefined, string]>([
    ["alive", { ...common, customStatus: null, state: "Running" }, "alive"],
    ["ended", { ...common, customStatus: null, state: "Terminated", reason: "by hand" }, "ended"],
    ["missing", undefined, "missing"],
  ])("tells an orchestration that is %s", async (_what, status, expected) => {
    expect((await look(status)).orchestration).toBe(expected);
  });

  it("reads the steps of an open operation from the custom status, whatever has become of the orchestration", async () => {
    const status: Status = {
      ...common,
      customStatus: { steps: shown },
      state: "Terminated",
      reason: "",
    };
    expect((await look(status)).steps).toEqual(shown);
  });

  it("keeps to the row's steps once they stand there, and to none when the custom status is something else", async () => {
    const status: Status = { ...common, customStatus: "something else", state: "Running" };
    expect((await look(status, { steps: shown })).steps).toEqual(shown);
    expect((await look(status, { steps: [] })).steps).toEqual([]);
  });
});
