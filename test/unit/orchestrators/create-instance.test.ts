import { DomainError } from "../../../src/domain/errors.ts";
import { createInstance } from "../../../src/orchestrators/create-instance.ts";
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

const create = (overrides: Record<string, Answer> = {}) =>
  drive(createInstance, spec, answers(overrides), { instanceId: OPERATION, startAt: STARTED_AT });

const refuse =
  (code: ConstructorParameters<typeof DomainError>[0], message: string = code): Answer =>
  () => {
    throw new DomainError(code, message);
  };

const isRemoval = (step: object): boolean =>
  "name" in step && step.name === "toygres::activity::delete-postgres";

describe("create-instance", () => {
  it("runs its steps in order and returns how to connect", async () => {
    const { result, steps } = await create();

    expect(called(steps)).toEqual([
      "begin-operation",
      "deploy-postgres",
      "wait-for-ready",
      "get-connection-strings",
      "ensure-certificate",
      "test-connection",
      "start-health-check",
      "update-metadata",
    ]);
    expect(result).toMatchObject({
      instanceName: "orders",
      namespace: "toygres",
      externalIp: "127.1.0.1",
      postgresVersion: "PostgreSQL 18.4",
    });
  });

  it("ends the operation as running, with every step succeeded", async () => {
    const { steps } = await create();
    const [end] = endings(steps);

    expect(end).toMatchObject({ operationId: OPERATION, to: "running" });
    expect((end?.["steps"] as { status: string }[]).map(({ status }) => status)).toEqual(
      Array(8).fill("succeeded"),
    );
  });

  it.each([
    "deploy-postgres",
    "wait-for-ready",
    "get-connection-strings",
    "test-connection",
    "start-health-check",
  ])("removes its objects and records why, when %s is refused for good", async (step) => {
    const { error, steps } = await create({
      [step]: refuse("cluster-refused", "no rights on pods"),
    });

    expect(error?.code).toBe("cluster-refused");
    expect(called(steps).slice(-3)).toEqual([
      "delete-postgres",
      "delete-postgres",
      "update-metadata",
    ]);
    expect(endings(steps).at(-1)).toMatchObject({
      to: "failed",
      failure: { code: "cluster-refused", message: "no rights on pods" },
    });
  });

  it("names in the failure what it could not remove", async () => {
    const { steps } = await create({
      "deploy-postgres": refuse("cluster-refused"),
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

    expect(endings(steps).at(-1)).toMatchObject({
      failure: { remaining: ["PersistentVolumeClaim pg-orders-2f0c8d3e-data"] },
    });
  });

  it.each([
    "deploy-postgres",
    "wait-for-ready",
    "ensure-certificate",
    "test-connection",
    "start-health-check",
  ])("touches nothing more once %s sees that a delete has overtaken it", async (step) => {
    const { error, steps } = await create({ [step]: refuse("overtaken") });

    expect(error?.code).toBe("overtaken");
    expect(called(steps)).not.toContain("delete-postgres");
    expect(endings(steps)).toMatchObject([{ to: "overtaken" }]);
  });

  it("cleans up when it was canceled before its first step", async () => {
    const { steps } = await create({
      "begin-operation": () => ({ outcome: "canceled", deadlineAt: "2026-11-21T08:15:00.000Z" }),
    });

    expect(called(steps)).toEqual([
      "begin-operation",
      "delete-postgres",
      "delete-postgres",
      "update-metadata",
    ]);
    expect(endings(steps)).toMatchObject([{ to: "failed", failure: { code: "canceled" } }]);
  });

  it("cleans up when a cancel comes just before running is written", async () => {
    let ends = 0;
    const { error, steps } = await create({
      "update-metadata": () => {
        ends += 1;
        return { instanceId: ref.instanceId, outcome: ends === 1 ? "canceled" : "done" };
      },
    });

    expect(error?.code).toBe("canceled");
    expect(endings(steps)).toMatchObject([
      { to: "running" },
      { to: "failed", failure: { code: "canceled" } },
    ]);
    expect(called(steps)).toContain("delete-postgres");
  });

  it("leaves the instance to a delete that came while it was cleaning up", async () => {
    let ends = 0;
    const { steps } = await create({
      "deploy-postgres": refuse("cluster-refused"),
      "update-metadata": () => {
        ends += 1;
        return { instanceId: ref.instanceId, outcome: ends === 1 ? "overtaken" : "done" };
      },
    });

    expect(endings(steps)).toMatchObject([{ to: "failed" }, { to: "overtaken" }]);
  });

  it("ends without any effect when another execution has the operation", async () => {
    const { error, steps } = await create({
      "begin-operation": () => ({ outcome: "taken", deadlineAt: "2026-11-21T08:15:00.000Z" }),
    });

    expect(error?.code).toBe("operation-taken");
    expect(called(steps)).toEqual(["begin-operation"]);
  });

  it("gives the pod 300 seconds, shows why it waits, and then says so", async () => {
    const waitingFor = "pod pg-orders-2f0c8d3e-0: 0/3 nodes have enough memory";
    const { error, customStatuses, elapsedMs } = await create({
      "wait-for-ready": (_input, _n, world) => {
        world.advance(5_000);
        return { ready: false, podPhase: "Pending", readyAfterSeconds: 5, waitingFor };
      },
    });

    expect(error).toMatchObject({ code: "instance-not-ready" });
    expect(error?.message).toContain(waitingFor);
    expect(elapsedMs).toBeGreaterThanOrEqual(300_000);
    expect(elapsedMs).toBeLessThan(320_000);
    expect(JSON.stringify(customStatuses)).toContain(waitingFor);
  });

  it("gives the load balancer 300 seconds for an address", async () => {
    const { error } = await create({
      "get-connection-strings": (_input, _n, world) => {
        world.advance(5_000);
        return { waitingFor: "load balancer has no address yet" };
      },
    });

    expect(error).toMatchObject({ code: "address-not-assigned" });
  });

  it("begins no attempt after the operation's deadline", async () => {
    const { error, elapsedMs } = await create({
      "deploy-postgres": (_input, _n, world) => {
        world.advance(299_000);
        throw new DomainError("cluster-unavailable", "the cluster did not answer");
      },
    });

    expect(error?.code).toBe("deadline-passed");
    expect(elapsedMs).toBeGreaterThan(850_000);
    expect(elapsedMs).toBeLessThan(1_250_000);
  });

  it("counts the attempts of a step and goes on when the third one works", async () => {
    const { result, steps } = await create({
      "deploy-postgres": (_input, n) => {
        if (n < 3) throw new DomainError("cluster-unavailable", "the cluster did not answer");
        return { instanceName: "orders", namespace: "toygres", created: true };
      },
    });

    expect(result).toBeDefined();
    const [end] = endings(steps);
    expect(end?.["steps"]).toContainEqual(
      expect.objectContaining({ name: "deploy-postgres", status: "succeeded", attempts: 3 }),
    );
  });

  it("goes on when the worker of a step died", async () => {
    const { result } = await create({
      "test-connection": (_input, n) =>
        n === 1 ? LOST : { version: "PostgreSQL 18.4", connected: true },
    });

    expect(result).toMatchObject({ postgresVersion: "PostgreSQL 18.4" });
  });

  it.each<[string, Answer]>([
    ["loses each of its attempts", () => LOST],
    [
      "is lost until the deadline",
      (_input, _n, world) => {
        world.advance(400_000);
        return LOST;
      },
    ],
  ])("removes only when the last run of a step that %s is over", async (_how, answer) => {
    const { steps } = await create({ "deploy-postgres": answer });

    const before = steps.slice(0, steps.findIndex(isRemoval));
    expect(before.at(-1)).toEqual({ kind: "timer", ms: 60_000, canceled: false });
  });

  it.each([
    [
      "the certificate is never served",
      (() => ({ renewed: true, served: false })) satisfies Answer,
    ],
    ["its check fails", refuse("secret-unreadable")],
  ])("only leaves certificateCoversAddress false when %s", async (_why, answer) => {
    const { result, steps } = await create({ "ensure-certificate": answer });

    expect(result).toBeDefined();
    expect(endings(steps)).toMatchObject([{ facts: { certificateCoversAddress: false } }]);
  });
});
