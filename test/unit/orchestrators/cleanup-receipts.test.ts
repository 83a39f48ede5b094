import { DomainError } from "../../../src/domain/errors.ts";
import { createInstance } from "../../../src/orchestrators/create-instance.ts";
import { deleteInstance } from "../../../src/orchestrators/delete-instance.ts";
import { monitorOperation } from "../../../src/orchestrators/monitor-operation.ts";
import { drive, type Answer } from "../../support/drive.ts";
import { answers, endings, OPERATION, ref, spec, STARTED_AT } from "../../support/lifecycle.ts";

const object = (name: string) => ({ kind: "Secret", name, uid: `uid of ${name}` });
const NOTHING = { byLabel: 0, byName: 0 };

/** Slices of a removal, one answer a call, the last one for all that follow. */
const slices =
  (...given: readonly (object | DomainError)[]): Answer =>
  (_input, n, world) => {
    world.advance(20_000);
    const slice = given[Math.min(n, given.length) - 1];
    if (slice instanceof DomainError) throw slice;
    return { deleted: true, removed: [], remaining: [], looks: NOTHING, ...slice };
  };

const gone = (...names: readonly string[]) => ({
  deleted: false,
  removed: names.map(object),
});
const left = (...names: readonly string[]) => ({
  remaining: names.map(object),
  looks: { byLabel: names.length, byName: 0 },
});
const away = new DomainError("cluster-refused", "no rights on Secrets");

const failing = (removal: Answer, more: Record<string, Answer> = {}) =>
  drive(
    createInstance,
    spec,
    answers({
      "deploy-postgres": () => {
        throw new DomainError("pod-cannot-start", "image postgres:99 cannot be pulled");
      },
      "delete-postgres": removal,
      ...more,
    }),
    { instanceId: OPERATION, startAt: STARTED_AT },
  );

const deleting = (removal: Answer, more: Record<string, Answer> = {}) =>
  drive(deleteInstance, ref, answers({ "delete-postgres": removal, ...more }), {
    instanceId: OPERATION,
    startAt: STARTED_AT,
  });

describe("the receipt of a create that failed", () => {
  it("says what was removed, and when and how it was seen that nothing is left", async () => {
    const { steps, error } = await failing(slices({ removed: [object("a")] }, gone("a", "b")));

    expect(endings(steps)).toMatchObject([
      {
        failure: { code: "pod-cannot-start", message: "image postgres:99 cannot be pulled" },
        result: {
          cleanup: {
            removed: [object("a"), object("b")],
            remaining: [],
            looks: NOTHING,
            lookedAt: "2026-11-21T08:00:40.000Z",
          },
        },
      },
    ]);
    expect(error?.message).toBe("image postgres:99 cannot be pulled");
  });

  it("says what is left, as the sentence of the error does", async () => {
    const { steps } = await failing(slices(left("a")));

    expect(endings(steps)).toMatchObject([
      {
        failure: {
          message:
            "image postgres:99 cannot be pulled; could not be removed: Secret a; send DELETE to try again",
          remaining: ["Secret a"],
        },
        result: { cleanup: { remaining: [object("a")], looks: { byLabel: 1, byName: 0 } } },
      },
    ]);
  });

  it("says why nobody could look, and what was known before", async () => {
    const { steps } = await failing(slices(left("a"), away));

    expect(endings(steps)).toMatchObject([
      {
        failure: { remaining: ["whatever is named pg-orders-2f0c8d3e (no rights on Secrets)"] },
        result: {
          cleanup: {
            remaining: [object("a")],
            lookedAt: "2026-11-21T08:00:20.000Z",
            problem: "no rights on Secrets",
          },
        },
      },
    ]);
    const [never] = endings((await failing(slices(away))).steps);
    expect(never!["result"]).toEqual({
      cleanup: { removed: [], remaining: [], problem: "no rights on Secrets" },
    });
  });

  it("is left out by a create that a delete has overtaken", async () => {
    const { steps } = await failing(slices(gone()), {
      "begin-operation": () => ({ outcome: "overtaken", deadlineAt: "2026-11-21T08:15:00.000Z" }),
    });
    expect(endings(steps)[0]).not.toHaveProperty("result");
  });

  it("is taken from histories whose slices told nothing of their looks", async () => {
    const old = (slice: object): object => ({ ...slice, looks: undefined });
    const { steps } = await failing(slices(old({ removed: [object("a")] }), old(gone())));
    const [end] = endings(steps);
    expect(end!["result"]).toEqual({
      cleanup: {
        removed: [object("a")],
        remaining: [],
        lookedAt: "2026-11-21T08:00:40.000Z",
      },
    });
  });
});

describe("the receipt of a delete", () => {
  it("stands beside what it removed, and not in what the orchestration returns", async () => {
    const { steps, result } = await deleting(slices({ removed: [object("a")] }, gone("a")));

    expect(endings(steps)).toMatchObject([
      {
        to: "deleted",
        result: {
          deleted: true,
          removed: [object("a")],
          cleanup: { removed: [object("a")], remaining: [], looks: NOTHING },
        },
      },
    ]);
    expect(result).toEqual({ instanceName: "orders", deleted: true, removed: [object("a")] });
  });

  it("names what is left when it fails, also what went before that", async () => {
    const { steps, error } = await deleting(slices({ removed: [object("a")], ...left("b") }));

    expect(error?.code).toBe("objects-remain");
    expect(endings(steps)).toMatchObject([
      {
        to: "failed",
        failure: {
          message: "could not be removed: Secret b; send DELETE again",
          remaining: ["Secret b"],
        },
        result: { cleanup: { removed: [object("a")], remaining: [object("b")] } },
      },
    ]);
  });

  it("counts what went in both removals after a create that had to be terminated", async () => {
    const { steps } = await deleting(slices({ removed: [object("a")] }, gone("a"), gone("b")), {
      "begin-operation": () => ({
        outcome: "begun",
        deadlineAt: "2026-11-21T08:15:00.000Z",
        runningCreate: "op-0",
      }),
      "get-operation-status": () => ({
        kind: "create",
        status: "running",
        deadlineAt: "2026-11-21T08:15:00.000Z",
        steps: [],
        ...ref,
        instanceState: "deleting",
        orchestration: "ended",
        pastDeadline: false,
      }),
    });
    expect(endings(steps)).toMatchObject([
      {
        result: {
          removed: [object("a"), object("b")],
          cleanup: { removed: [object("a"), object("b")], remaining: [] },
        },
      },
    ]);
  });
});

describe("the pauses of a removal", () => {
  /** In seconds, between its slices; a slice that is refused takes no time. */
  const pauses = async (removal: Answer) => {
    const { steps, elapsedMs } = await deleting(removal);
    const slept = steps.flatMap((step) => (step.kind === "timer" ? [step.ms / 1_000] : []));
    return { slept, minutes: elapsedMs / 60_000 };
  };
  const refused: Answer = () => {
    throw away;
  };

  it("grow while it is refused at once, and the last one ends with its time", async () => {
    const { slept, minutes } = await pauses(refused);
    expect(slept.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 20, 20, 20]);
    expect(slept.length).toBeLessThan(60);
    expect(minutes).toBe(15);
  });

  it("are short again after a look that was answered, which has taken its time", async () => {
    const { slept } = await pauses(slices(left("a"), away, away, left("a"), left("a"), gone("a")));
    expect(slept).toEqual([1, 1, 2, 1, 1]);
  });
});

describe("the receipt of a monitor", () => {
  const monitoring = (more: object, removal: Answer) => {
    const inputs: unknown[] = [];
    const status = {
      kind: "create",
      status: "running",
      deadlineAt: "2026-11-21T08:15:00.000Z",
      steps: [],
      ...ref,
      instanceState: "creating",
      orchestration: "missing",
      pastDeadline: false,
      ...more,
    };
    const noting: Answer = (input: unknown, n: number, world) => {
      inputs.push(input);
      return removal(input as never, n, world);
    };
    const driven = drive(
      monitorOperation,
      { operationId: "op-0" },
      answers({ "get-operation-status": () => status, "delete-postgres": noting }),
      { startAt: STARTED_AT },
    );
    return driven.then(({ steps }) => ({ ends: endings(steps), inputs }));
  };

  it("is that of the create which it closes, and is kept for that operation", async () => {
    const { ends, inputs } = await monitoring({}, slices({ removed: [object("a")] }, gone("a")));
    expect(ends).toMatchObject([
      { to: "failed", result: { cleanup: { removed: [object("a")], remaining: [] } } },
    ]);
    expect(inputs[0]).toMatchObject({ ...ref, operationId: "op-0" });
  });

  it("is none for a delete, of which nobody has looked what is left", async () => {
    const { ends } = await monitoring(
      { kind: "delete", instanceState: "deleting" },
      slices(gone()),
    );
    expect(ends[0]).not.toHaveProperty("result");
    expect(ends).toMatchObject([
      {
        failure: {
          message: expect.stringContaining(
            "; nobody has looked what is left of the instance: send DELETE again",
          ),
        },
      },
    ]);
  });
});
