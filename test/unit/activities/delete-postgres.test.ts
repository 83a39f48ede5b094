import { deletePostgres } from "../../../src/activities/delete-postgres.ts";
import type { BeforeRemoval, ListedObject, ObjectRef } from "../../../src/domain/cluster.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import type { InstanceState } from "../../../src/domain/instance.ts";
import type { Services } from "../../../src/domain/services.ts";
import { activityContext } from "../../support/activity-context.ts";
import { ref } from "../../support/lifecycle.ts";

const object = (name: string) => ({ kind: "Secret", name, uid: `uid of ${name}` });

type Removing = (before: BeforeRemoval) => Promise<void>;

/** A cluster whose objects go when `removing` takes them away, and a ledger that keeps what it is told. */
function world(
  there: string[],
  removing: Removing = async () => void there.splice(0),
  state: InstanceState = "deleting",
) {
  const kept = new Map<string, ObjectRef[]>();
  const givenUp: string[] = [];
  const cluster: Pick<Services["cluster"], "list" | "remove"> = {
    list: async () =>
      there.map((name): ListedObject => ({
        ...object(name),
        foundBy: name === "bare" ? "name" : "label",
      })),
    remove: async (_ref, _waitMs, before) => {
      await removing(before ?? (async () => undefined));
      return { removed: [], remaining: [] };
    },
  };
  const ledger: Pick<Services["ledger"], "noteRemoval" | "findInstance" | "giveUpCreate"> = {
    findInstance: async () => ({
      ...{ id: ref.instanceId, name: ref.instanceName, namespace: ref.namespace, state },
      ...{ healthStatus: "unknown", healthFailures: 0, allowedCidrs: [], postgresVersion: "18" },
      ...{ storageSizeGb: 1, useLoadBalancer: true, certificateCoversAddress: false },
      ...{ createdAt: "2030-01-01T00:00:00.000Z", updatedAt: "2030-01-01T00:00:00.000Z" },
    }),
    giveUpCreate: async (operationId) => void givenUp.push(operationId),
    noteRemoval: async (operationId, objects) => {
      const all = [...(kept.get(operationId) ?? []), ...objects.map(({ name }) => object(name))];
      kept.set(operationId, all);
      return all;
    },
  };
  return { services: { cluster: cluster as Services["cluster"], ledger }, kept, givenUp };
}

const run = (services: ReturnType<typeof world>["services"], operationId?: string) => {
  const { context, lines } = activityContext({ orchestrationId: "op-1" });
  const input = { ...ref, ...(operationId && { operationId }) };
  return deletePostgres.run(input, services, context).then((output) => ({ ...output, lines }));
};

describe("delete-postgres", () => {
  it("removes nothing of an instance that runs by now", async () => {
    const { services, kept } = world(["a"], undefined, "running");
    await expect(run(services)).rejects.toMatchObject({ code: "overtaken", retryable: false });
    expect(kept.size).toBe(0);
  });

  it("gives a create up before it removes for it, and its own operation never", async () => {
    const { services, givenUp } = world(["a"], undefined, "creating");
    await run(services);
    expect(givenUp).toEqual([]);
    await run(services, "create-1");
    expect(givenUp).toEqual(["create-1"]);
  });

  it("says what it removed and that both ways of looking find nothing, twice", async () => {
    const { services } = world(["a", "b"]);
    expect(await run(services)).toMatchObject({
      deleted: true,
      removed: [object("a"), object("b")],
      remaining: [],
      looks: { byLabel: 0, byName: 0 },
    });
    expect(await run(services)).toMatchObject({
      deleted: false,
      removed: [object("a"), object("b")],
      remaining: [],
      looks: { byLabel: 0, byName: 0 },
    });
  });

  it("says what is left and how it was found", async () => {
    const there = ["a", "b", "bare"];
    const { services } = world(there, async () => void there.shift());
    expect(await run(services)).toMatchObject({
      removed: [object("a")],
      remaining: [object("b"), object("bare")],
      looks: { byLabel: 1, byName: 1 },
    });
  });

  it("names what a run removed that could not answer any more", async () => {
    const there = ["a", "b"];
    let lost = true;
    const { services } = world(there, async () => {
      there.splice(0);
      if (lost) throw new DomainError("cluster-unavailable", "the answer was lost");
    });
    await expect(run(services)).rejects.toMatchObject({ code: "cluster-unavailable" });
    lost = false;
    expect(await run(services)).toMatchObject({
      deleted: false,
      removed: [object("a"), object("b")],
    });
  });

  it("keeps what it is about to delete before it is deleted, also what shows up meanwhile", async () => {
    const there = ["a"];
    const { services, kept } = world(there, async (before) => {
      expect(kept.get("op-1")).toEqual([object("a")]);
      await before([object("late")]);
      expect(kept.get("op-1")).toContainEqual(object("late"));
      there.splice(0);
    });
    expect(await run(services)).toMatchObject({ removed: [object("a"), object("late")] });
  });

  it("keeps it for the operation that it is told, as a monitor is another one's", async () => {
    const { services, kept } = world(["a"]);
    await run(services, "op-0");
    expect([...kept.keys()]).toEqual(["op-0"]);
  });

  it("removes all the same when the metadata goes away in between, and says so in the log", async () => {
    const { services } = world(["a"]);
    const noteRemoval = async () =>
      Promise.reject(new DomainError("metadata-unavailable", "it is away"));
    const { removed, lines } = await run({
      ...services,
      ledger: { ...services.ledger, noteRemoval },
    });
    expect(removed).toEqual([object("a")]);
    expect(lines).toMatchObject([
      { level: "warn", event: "removal.not-noted", code: "metadata-unavailable" },
    ]);
  });
});
