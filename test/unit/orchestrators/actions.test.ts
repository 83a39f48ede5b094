import { updateMetadata } from "../../../src/activities/update-metadata.ts";
import { DomainError, remedyOf, type ErrorCode } from "../../../src/domain/errors.ts";
import type { OperationEnd } from "../../../src/domain/metadata.ts";
import { Progress, type Step } from "../../../src/domain/operation.ts";
import { createInstance } from "../../../src/orchestrators/create-instance.ts";
import { activityContext } from "../../support/activity-context.ts";
import { drive, type Answer } from "../../support/drive.ts";
import { answers, endings, OPERATION, ref, spec, STARTED_AT } from "../../support/lifecycle.ts";

const create = (overrides: Record<string, Answer> = {}) =>
  drive(createInstance, spec, answers(overrides), { instanceId: OPERATION, startAt: STARTED_AT });

const refuse =
  (code: ErrorCode, message: string, action?: string): Answer =>
  () => {
    throw new DomainError(code, message, { ...(action && { details: { action } }) });
  };

/** All that was ever shown of a step. */
const shown = (statuses: readonly unknown[], name: string): Step[] =>
  statuses.flatMap((status) => Progress.parse(status).steps.filter((step) => step.name === name));

const WAITING_FOR = "pod pg-orders-2f0c8d3e-0: 0/1 nodes are available: 1 Insufficient memory.";
const ADD_A_NODE = "Add a node, or delete instances that are not needed.";
const AGAIN = "then send `DELETE /instances/{id}` and `POST /instances` again.";

describe("a step that waits", () => {
  it("says what to do beside why, and neither once it goes on", async () => {
    const { customStatuses } = await create({
      "wait-for-ready": (_input, n) =>
        n < 3
          ? {
              ready: false,
              podPhase: "Pending",
              readyAfterSeconds: 5,
              waitingFor: WAITING_FOR,
              ...(n === 1 && { action: ADD_A_NODE }),
            }
          : { ready: true, podPhase: "Running", readyAfterSeconds: 1 },
    });
    const steps = shown(customStatuses, "wait-for-ready");

    expect(steps).toContainEqual(
      expect.objectContaining({ waitingFor: WAITING_FOR, action: ADD_A_NODE }),
    );
    expect(steps.at(-1)).not.toHaveProperty("waitingFor");
    expect(steps.at(-1)).not.toHaveProperty("action");
    const second = steps.findLast(({ waitingFor }) => waitingFor !== undefined);
    expect(second).not.toHaveProperty("action");
  });

  it("says so while it waits for a load balancer", async () => {
    const { customStatuses } = await create({
      "get-connection-strings": (_input, n) =>
        n === 1
          ? { waitingFor: "load balancer has no address yet", action: "Raise the quota." }
          : { ipConnectionString: "postgresql://x", externalIp: "127.1.0.1", address: "127.1.0.1" },
    });

    expect(shown(customStatuses, "get-connection-strings")).toContainEqual(
      expect.objectContaining({ action: "Raise the quota." }),
    );
  });

  it("says so while it waits for the next try, as far as the cluster's answer tells", async () => {
    const { customStatuses } = await create({
      "deploy-postgres": (input, n, world) => {
        if (n === 1) return refuse("cluster-unavailable", "no answer", "Wait.")(input, n, world);
        if (n === 2) return refuse("metadata-unavailable", "no answer either")(input, n, world);
        return { instanceName: "orders", namespace: "toygres", created: true };
      },
    });
    const steps = shown(customStatuses, "deploy-postgres");

    expect(steps).toContainEqual(
      expect.objectContaining({ waitingFor: "no answer", action: "Wait." }),
    );
    const second = steps.find(({ waitingFor }) => waitingFor === "no answer either");
    expect(second).not.toHaveProperty("action");
  });

  it("is told in at most 300 characters each", async () => {
    const { customStatuses } = await create({
      "wait-for-ready": (_input, n) => ({
        ready: n > 1,
        podPhase: "Pending",
        readyAfterSeconds: 5,
        waitingFor: "x".repeat(400),
        action: "y".repeat(400),
      }),
    });

    expect(shown(customStatuses, "wait-for-ready")).toContainEqual(
      expect.objectContaining({ waitingFor: "x".repeat(300), action: "y".repeat(300) }),
    );
  });
});

describe("a create that fails", () => {
  it.each<[string, string, Answer, string | undefined]>([
    [
      "by the cluster's words",
      "wait-for-ready",
      refuse("pod-cannot-start", "no such image", "Correct `IMAGE_REGISTRY`."),
      `Correct \`IMAGE_REGISTRY\`, ${AGAIN}`,
    ],
    [
      "by words that ask for a new create already",
      "wait-for-ready",
      refuse("pod-cannot-start", "disk full", "Send DELETE, and `POST /instances` with more."),
      "Send DELETE, and `POST /instances` with more.",
    ],
    [
      "when the pod was not ready in time",
      "wait-for-ready",
      (_input, _n, world) => {
        world.advance(60_000);
        return {
          ready: false,
          podPhase: "Pending",
          readyAfterSeconds: 5,
          waitingFor: WAITING_FOR,
          action: ADD_A_NODE,
        };
      },
      `Add a node, or delete instances that are not needed, ${AGAIN}`,
    ],
    [
      "when there was no address in time",
      "get-connection-strings",
      (_input, _n, world) => {
        world.advance(60_000);
        return { waitingFor: "load balancer has no address yet", action: "Raise the quota." };
      },
      `Raise the quota, ${AGAIN}`,
    ],
    [
      "when nothing was said",
      "get-connection-strings",
      (_input, _n, world) => {
        world.advance(60_000);
        return {};
      },
      undefined,
    ],
    ["by its code only", "test-connection", refuse("secret-unreadable", "x"), undefined],
  ])("says in its failure what to do: %s", async (_what, step, answer, action) => {
    const { steps } = await create({ [step]: answer });
    const [end] = endings(steps).slice(-1);

    expect(end).toMatchObject({ to: "failed" });
    expect((end?.["failure"] as { action?: string }).action).toBe(action);
  });
});

describe("update-metadata", () => {
  async function ended(failure: { code: string; message: string; action?: string }) {
    const ends: OperationEnd[] = [];
    const ledger = {
      end: async (end: OperationEnd) => {
        ends.push(end);
        return "done" as const;
      },
    };
    const { context } = activityContext({});
    await updateMetadata.run(
      { operationId: OPERATION, instanceId: ref.instanceId, steps: [], to: "failed", failure },
      { ledger },
      context,
    );
    const [end] = ends;
    return end?.to === "failed" ? end.failure : undefined;
  }

  it("lets a failure keep its own action", async () => {
    const failure = { code: "pod-cannot-start", message: "x", action: "Do that." };

    expect(await ended(failure)).toEqual(failure);
  });

  it("gives a failure without one what its code asks for", async () => {
    const failure = { code: "objects-remain", message: "x" };

    expect(await ended(failure)).toEqual({ ...failure, action: remedyOf("objects-remain") });
  });

  it("leaves a failure of another package as it is", async () => {
    const failure = { code: "tenants::version-too-old", message: "x" };

    expect(await ended(failure)).toEqual(failure);
  });
});
