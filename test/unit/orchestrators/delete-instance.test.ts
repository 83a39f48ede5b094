import { DomainError } from "../../../src/domain/errors.ts";
import { deleteInstance } from "../../../src/orchestrators/delete-instance.ts";
import { drive, type Answer } from "../../support/drive.ts";
import { answers, called, endings, OPERATION, ref, STARTED_AT } from "../../support/lifecycle.ts";

const remove = (overrides: Record<string, Answer> = {}) =>
  drive(deleteInstance, ref, answers(overrides), { instanceId: OPERATION, startAt: STARTED_AT });

const begun =
  (more: object): Answer =>
  () => ({
    outcome: "begun",
    deadlineAt: "2026-11-21T08:15:00.000Z",
    ...more,
  });

const createStands = (status: string, orchestration: string) => ({
  kind: "create",
  status,
  deadlineAt: "2026-11-21T08:15:00.000Z",
  steps: [],
  ...ref,
  instanceState: "deleting",
  orchestration,
  pastDeadline: false,
});

describe("delete-instance", () => {
  it("stops the health check, removes everything, looks again, and says what it removed", async () => {
    const { result, steps } = await remove();

    expect(called(steps)).toEqual([
      "begin-operation",
      "stop-health-check",
      "delete-postgres",
      "delete-postgres",
      "update-metadata",
    ]);
    expect(result).toEqual({
      instanceName: "orders",
      deleted: true,
      removed: [{ kind: "StatefulSet", name: "pg-orders-2f0c8d3e", uid: "u1" }],
    });
    expect(endings(steps)).toMatchObject([{ to: "deleted", result: { deleted: true } }]);
  });

  it("takes an instance without objects as deleted", async () => {
    const { result } = await remove({
      "delete-postgres": () => ({ deleted: false, removed: [], remaining: [] }),
    });

    expect(result).toEqual({ instanceName: "orders", deleted: false, removed: [] });
  });

  it("goes on after 60 seconds with a health check that does not stop", async () => {
    const { result, steps, elapsedMs } = await remove({
      "stop-health-check": (_input, _n, world) => {
        world.advance(15_000);
        return { stopped: false };
      },
    });

    expect(result).toMatchObject({ deleted: true });
    expect(called(steps).filter((name) => name === "stop-health-check")).toHaveLength(4);
    expect(elapsedMs).toBeLessThan(90_000);
  });

  it("goes on when the health check cannot be asked", async () => {
    const { result } = await remove({
      "stop-health-check": () => {
        throw new DomainError("durable-unavailable", "no answer within 4 s");
      },
    });

    expect(result).toMatchObject({ deleted: true });
  });

  it("waits for a running create to see that it was overtaken, before it removes anything", async () => {
    const { steps } = await remove({
      "begin-operation": begun({ runningCreate: "op-0" }),
      "get-operation-status": (_input, n) => createStands(n < 4 ? "running" : "canceled", "alive"),
    });

    const names = called(steps);
    expect(names).not.toContain("stop-operation");
    expect(names.lastIndexOf("get-operation-status")).toBeLessThan(
      names.indexOf("delete-postgres"),
    );
  });

  it("terminates a create that goes on for 60 seconds, and removes once more when its last activity is over", async () => {
    const { result, steps, elapsedMs } = await remove({
      "begin-operation": begun({ runningCreate: "op-0" }),
      "get-operation-status": () => createStands("running", "alive"),
    });

    expect(called(steps).filter((name) => name === "stop-operation")).toHaveLength(1);
    expect(elapsedMs).toBeGreaterThanOrEqual(120_000);
    expect(called(steps).at(-2)).toBe("delete-postgres");
    expect(result).toMatchObject({ deleted: true });
  });

  it.each(["ended", "missing"])(
    "removes once more after a running create whose orchestration is %s, because its last activity may go on",
    async (orchestration) => {
      const { steps, elapsedMs } = await remove({
        "begin-operation": begun({ runningCreate: "op-0" }),
        "get-operation-status": () => createStands("running", orchestration),
      });

      expect(called(steps)).not.toContain("stop-operation");
      expect(elapsedMs).toBeGreaterThanOrEqual(60_000);
      expect(called(steps).filter((name) => name === "delete-postgres")).toHaveLength(3);
    },
  );

  it("waits for nothing when the create was never begun", async () => {
    const { result, elapsedMs } = await remove({
      "begin-operation": begun({ runningCreate: "op-0" }),
      "get-operation-status": () => createStands("notStarted", "missing"),
    });

    expect(result).toMatchObject({ deleted: true });
    expect(elapsedMs).toBeLessThan(10_000);
  });

  const away: Answer = () => {
    throw new DomainError("durable-unavailable", "no answer within 4 s");
  };

  it.each<[string, Record<string, Answer>]>([
    ["asked about", { "get-operation-status": away }],
    [
      "terminated",
      { "get-operation-status": () => createStands("running", "alive"), "stop-operation": away },
    ],
  ])("goes on when a running create cannot be %s", async (_what, answersOfBackend) => {
    const { result, steps } = await remove({
      "begin-operation": begun({ runningCreate: "op-0" }),
      ...answersOfBackend,
    });

    expect(result).toMatchObject({ deleted: true });
    expect(endings(steps)).toMatchObject([{ to: "deleted" }]);
  });

  it("succeeds when the second removal takes what the first one could not", async () => {
    const claim = { kind: "PersistentVolumeClaim", name: "pg-orders-2f0c8d3e-data", uid: "u2" };
    const { result } = await remove({
      "begin-operation": begun({ runningCreate: "op-0" }),
      "get-operation-status": () => createStands("running", "alive"),
      "delete-postgres": (_input, n, world) => {
        if (n > 1) return { deleted: false, removed: [], remaining: [] };
        world.advance(900_000);
        return { deleted: true, removed: [], remaining: [claim] };
      },
    });

    expect(result).toMatchObject({ instanceName: "orders" });
  });

  it("names all that is the instance's when it fails before it has removed anything", async () => {
    const { error, steps } = await remove({
      "stop-health-check": (_input, _n, world) => {
        world.advance(901_000);
        return { stopped: true };
      },
      "begin-operation": begun({ runningCreate: "op-0" }),
    });

    expect(error?.code).toBe("deadline-passed");
    expect(endings(steps)).toMatchObject([
      { to: "failed", failure: { remaining: ["whatever is named pg-orders-2f0c8d3e"] } },
    ]);
  });

  it("closes its operation as overtaken when another delete was the first to end", async () => {
    const { error, steps } = await remove({
      "update-metadata": (_input, n) => ({
        instanceId: ref.instanceId,
        outcome: n === 1 ? "overtaken" : "done",
      }),
    });

    expect(error?.code).toBe("overtaken");
    expect(endings(steps)).toMatchObject([{ to: "deleted" }, { to: "overtaken" }]);
  });

  it("fails with the names of what remains at the deadline, so that DELETE can be sent again", async () => {
    const { error, steps, elapsedMs } = await remove({
      "delete-postgres": (_input, _n, world) => {
        world.advance(20_000);
        return {
          deleted: true,
          removed: [],
          remaining: [
            { kind: "PersistentVolumeClaim", name: "pg-orders-2f0c8d3e-data", uid: "u2" },
          ],
        };
      },
    });

    expect(error?.code).toBe("objects-remain");
    expect(endings(steps)).toMatchObject([
      {
        to: "failed",
        failure: {
          code: "objects-remain",
          remaining: ["PersistentVolumeClaim pg-orders-2f0c8d3e-data"],
        },
      },
    ]);
    expect(elapsedMs).toBeLessThan(960_000);
  });

  it("rides out a cluster that is away for some minutes", async () => {
    const { result, steps } = await remove({
      "delete-postgres": (_input, n) => {
        if (n < 8) throw new DomainError("cluster-unavailable", "the cluster did not answer");
        return { deleted: false, removed: [], remaining: [] };
      },
    });

    expect(result).toMatchObject({ instanceName: "orders" });
    expect(endings(steps)).toMatchObject([{ to: "deleted" }]);
  });

  it("ends without any effect when another execution has the operation", async () => {
    const { error, steps } = await remove({
      "begin-operation": () => ({ outcome: "taken", deadlineAt: "2026-11-21T08:15:00.000Z" }),
    });

    expect(error?.code).toBe("operation-taken");
    expect(called(steps)).toEqual(["begin-operation"]);
  });

  it("closes its operation as overtaken when another delete has removed the instance", async () => {
    const { error, steps } = await remove({ "begin-operation": begun({ outcome: "overtaken" }) });

    expect(error?.code).toBe("overtaken");
    expect(called(steps)).toEqual(["begin-operation", "update-metadata"]);
    expect(endings(steps)).toMatchObject([{ to: "overtaken" }]);
  });
});
