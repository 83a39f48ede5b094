import type { NewObject } from "../../../local/cluster/store/object.ts";
import { openStore } from "../../../local/cluster/store/open-store.ts";
import type { ObjectStore } from "../../../local/cluster/store/store.ts";

const configMap = (name: string, data: Record<string, string> = {}): NewObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data,
});
const ref = (name: string) => ({ kind: "ConfigMap", namespace: "default", name });

/** Resolves when an object is gone, at the latest with the test's own time limit. */
const gone = async (
  store: ObjectStore,
  kind: string,
  name: string,
  act: () => Promise<unknown>,
): Promise<void> => {
  const done = new Promise<void>((resolve) => {
    const stop = store.watch(kind, undefined, ({ type, object }) => {
      if (type !== "DELETED" || object.metadata.name !== name) return;
      stop();
      resolve();
    });
  });
  await act();
  await done;
};

describe("the cluster's store", () => {
  let store: ObjectStore;
  beforeEach(async () => {
    store = await openStore({ now: () => new Date("2026-01-02T03:04:05.678Z") });
  });
  afterEach(async () => store.close());

  it("hands out frozen objects, and times of its own clock", async () => {
    const created = await store.create(configMap("a"));
    expect(created.metadata.creationTimestamp).toBe("2026-01-02T03:04:05Z");
    expect(Object.isFrozen(created.metadata)).toBe(true);
    expect(store.get(ref("a"))).toBe(created);
  });

  it("keeps the version and tells nobody when a write changes nothing", async () => {
    const created = await store.create(configMap("a", { key: "1" }));
    const told: string[] = [];
    store.watch("ConfigMap", undefined, ({ type }) => void told.push(type));
    const same = await store.modify(ref("a"), (draft) => {
      draft.data = { key: "1" };
    });
    expect(same).toBe(created);
    expect(told).toEqual([]);
  });

  it("never conflicts in modify, and conflicts in update with an old version", async () => {
    const created = await store.create(configMap("a", { n: "0" }));
    await Promise.all(
      [1, 2, 3].map(() =>
        store.modify(ref("a"), (draft) => {
          draft.data = { n: String(Number(draft.data?.["n"]) + 1) };
        }),
      ),
    );
    expect(store.get(ref("a"))?.data).toEqual({ n: "3" });
    await expect(store.update(structuredClone(created))).rejects.toMatchObject({
      reason: "Conflict",
      code: 409,
    });
  });

  it("tells a watch from a version all that came after it, in order", async () => {
    await store.create(configMap("a"));
    const from = store.version();
    await Promise.all([
      store.create(configMap("b")),
      store.create(configMap("c")),
      store.delete(ref("a")),
    ]);
    const told: string[] = [];
    store.watch(
      "ConfigMap",
      from,
      ({ type, object }) => void told.push(`${type} ${object.metadata.name}`),
    );
    expect(told).toEqual(["ADDED b", "ADDED c", "DELETED a"]);
  });

  it("refuses a watch from before its history as expired", async () => {
    for (let turn = 0; turn < 5_010; turn += 1) await store.create(configMap(`a${turn}`));
    expect(() => store.watch("ConfigMap", "1", () => undefined)).toThrow(
      "too old resource version",
    );
    expect(() => store.watch("ConfigMap", store.version(), () => undefined)).not.toThrow();
  });

  it("deletes a pod that is bound to a node only when the kubelet says it is stopped", async () => {
    await store.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "default" },
      spec: { nodeName: "n", terminationGracePeriodSeconds: 120 },
    });
    const pod = { kind: "Pod", namespace: "default", name: "p" };
    const asked = await store.delete(pod);
    expect(asked.metadata).toMatchObject({
      deletionGracePeriodSeconds: 120,
      deletionTimestamp: "2026-01-02T03:06:05Z",
    });
    expect(store.get(pod)).toBe(asked);
    await store.delete(pod, { gracePeriodSeconds: 0 });
    expect(store.get(pod)).toBeUndefined();
  });

  it.each(["Background", "Foreground"] as const)(
    "deletes dependents with their owner (%s)",
    async (propagation) => {
      const owner = await store.create(configMap("owner"));
      await store.create({
        ...configMap("dependent"),
        metadata: {
          name: "dependent",
          namespace: "default",
          ownerReferences: [
            {
              apiVersion: "v1",
              kind: "ConfigMap",
              name: "owner",
              uid: owner.metadata.uid,
              blockOwnerDeletion: true,
            },
          ],
        },
      });
      const last = propagation === "Foreground" ? "owner" : "dependent";
      await gone(store, "ConfigMap", last, () => store.delete(ref("owner"), { propagation }));
      expect(store.list("ConfigMap")).toEqual([]);
    },
  );

  it("leaves dependents that are orphaned", async () => {
    const owner = await store.create(configMap("owner"));
    await store.create({
      ...configMap("dependent"),
      metadata: {
        name: "dependent",
        namespace: "default",
        ownerReferences: [
          { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata.uid },
        ],
      },
    });
    await gone(store, "ConfigMap", "owner", () =>
      store.delete(ref("owner"), { propagation: "Orphan" }),
    );
    expect(store.get(ref("dependent"))?.metadata.ownerReferences).toBeUndefined();
  });

  it("does not delete a successor of the same name", async () => {
    const first = await store.create(configMap("a"));
    await store.delete(ref("a"));
    await store.create(configMap("a"));
    await expect(store.delete(ref("a"), { uid: first.metadata.uid })).rejects.toMatchObject({
      reason: "Conflict",
    });
  });
});
