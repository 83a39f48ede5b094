import { DomainError } from "../../../src/domain/errors.ts";
import type { Duty } from "../../../src/domain/metadata.ts";
import { looking, object } from "../../support/orphans.ts";

describe("the look for orphans", () => {
  it("keeps and tells what came after the end of its instance, and what is in another namespace", async () => {
    const rescued = object("gone", "rescued", { createdAt: "2030-01-01T12:15:00.001Z" });
    const late = object("gone", "late", { createdAt: "2030-01-01T12:15:00.000Z" });
    const { removals, lines } = await looking(
      { toygres: [[rescued, late]], other: [[object("gone", "copy")]] },
      { gone: "deleted" },
    );
    expect(removals).toEqual([
      { instanceId: "gone", namespace: "toygres", uids: new Set(["uid of late"]) },
    ]);
    expect(lines.filter(({ event }) => event === "orphans.kept")).toEqual([
      expect.objectContaining({ namespace: "toygres", objects: "Secret rescued" }),
      expect.objectContaining({ namespace: "other", objects: "Secret copy" }),
    ]);
  });

  it("keeps and tells what somebody else says is theirs, though its instance is deleted", async () => {
    const { removals, lines } = await looking(
      { toygres: [[object("gone", "theirs", { claimed: true }), object("gone", "ours")]] },
      { gone: "deleted" },
    );
    expect(removals).toEqual([
      { instanceId: "gone", namespace: "toygres", uids: new Set(["uid of ours"]) },
    ]);
    expect(lines.filter(({ event }) => event === "orphans.kept")).toMatchObject([
      { instanceId: "gone", objects: "Secret theirs" },
    ]);
  });

  it("tells of what turned up after the clean-up of a failed instance, and what to do", async () => {
    const { removals, repairs, lines } = await looking(
      { toygres: [[object("failed", "late", { kind: "Service" }), object("other", "left")]] },
      { failed: "failed and cleaned up", other: "failed" },
    );
    expect([removals, repairs]).toEqual([[], []]);
    expect(lines).toMatchObject([
      {
        level: "warn",
        event: "orphans.late",
        namespace: "toygres",
        instanceId: "failed",
        objects: "Service late",
        action: "send DELETE: it removes them",
      },
    ]);
  });

  it("advises no DELETE of what it would not remove, or what is somebody else's", async () => {
    const { lines } = await looking(
      {
        toygres: [[object("failed", "theirs", { claimed: true })]],
        other: [[object("failed", "copy")]],
      },
      { failed: "failed and cleaned up" },
    );
    expect(lines.map(({ event, objects }) => [event, objects])).toEqual([
      ["orphans.kept", "Secret theirs"],
      ["orphans.kept", "Secret copy"],
    ]);
  });

  it("removes what is of deleted instances, and says so in their timelines first", async () => {
    const { removals, repairs, events } = await looking(
      { toygres: [[object("gone", "a"), object("here", "b")], [object("gone", "c")]] },
      { gone: "deleted", here: "running" },
    );
    expect(repairs).toEqual([
      {
        instanceId: "gone",
        type: "repair.orphans-removed",
        message:
          "the instance is deleted, and of it were in the cluster: Secret a, Secret c; they are removed",
        causes: ["uid of a", "uid of c"],
        data: {
          namespace: "toygres",
          objects: [
            { kind: "Secret", name: "a", uid: "uid of a" },
            { kind: "Secret", name: "c", uid: "uid of c" },
          ],
        },
      },
    ]);
    expect(removals).toEqual([
      { instanceId: "gone", namespace: "toygres", uids: new Set(["uid of a", "uid of c"]) },
    ]);
    expect(events).toEqual(["orphans.removed"]);
  });

  it.each(["creating", "running", "deleting", "failed"] as const)(
    "leaves what is of an instance that is %s",
    async (state) => {
      const { removals, lines } = await looking({ toygres: [[object("i", "a")]] }, { i: state });
      expect([removals, lines]).toEqual([[], []]);
    },
  );

  it("never removes what is of an instance that nobody knows, and tells of it", async () => {
    const { removals, repairs, lines } = await looking(
      { toygres: [[object("stranger", "a"), object("stranger", "b")]] },
      {},
    );
    expect([removals, repairs]).toEqual([[], []]);
    expect(lines).toMatchObject([
      {
        level: "warn",
        event: "orphans.unknown",
        namespace: "toygres",
        instanceId: "stranger",
        objects: "Secret a, Secret b",
      },
    ]);
  });

  it("names twenty of those that nobody knows and counts the others", async () => {
    const strangers = Array.from({ length: 25 }, (_, at) => object(`stranger-${at}`, `s-${at}`));
    const { lines } = await looking({ toygres: [strangers] }, {});
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toMatchObject({ event: "orphans.unknown", instances: 25, named: 20 });
  });

  it("asks for each instance of a page once, and only after the page was read", async () => {
    const page = [object("a", "1"), object("a", "2"), object("b", "3")];
    const { asked } = await looking({ toygres: [page, [], [object("a", "4")]] }, { a: "running" });
    expect(asked).toEqual([["a", "b"], ["a"]]);
  });

  it("waits for what is leaving already", async () => {
    const { removals, repairs } = await looking(
      { toygres: [[object("gone", "a", { leaving: true })]] },
      { gone: "deleted" },
    );
    expect([removals, repairs]).toEqual([[], []]);
  });

  it("removes what it found before a page could not be read, and looks through the next namespace", async () => {
    const { removals, events } = await looking(
      { toygres: [], other: [] },
      { gone: "deleted" },
      {
        async *labelled(namespace) {
          yield [object(namespace === "toygres" ? "gone" : "unknown", "a")];
          throw new DomainError("cluster-unavailable", "it is away");
        },
      },
    );
    expect(removals).toEqual([
      { instanceId: "gone", namespace: "toygres", uids: new Set(["uid of a"]) },
    ]);
    expect(events.filter((event) => event === "orphans.listing-failed")).toHaveLength(2);
    expect(events).toContain("orphans.unknown");
  });

  it("goes on with the other instances when one cannot be removed", async () => {
    const removed: string[] = [];
    const { events } = await looking(
      { toygres: [[object("a", "1"), object("b", "2")]] },
      { a: "deleted", b: "deleted" },
      {
        removeLabelled: async ({ instanceId }) => {
          if (instanceId === "a") throw new DomainError("cluster-refused", "no");
          removed.push(instanceId);
          return { removed: [], remaining: [] };
        },
      },
    );
    expect(removed).toEqual(["b"]);
    expect(events.sort()).toEqual(["orphans.removal-failed", "orphans.removed"]);
  });

  it("removes nothing that it could not write down first", async () => {
    const { removals, events } = await looking(
      { toygres: [[object("gone", "a")]] },
      { gone: "deleted" },
      {
        noteRepair: async () =>
          Promise.reject(new DomainError("metadata-unavailable", "it is away")),
      },
    );
    expect([removals, events]).toEqual([[], ["orphans.removal-failed"]]);
  });

  it("takes fifty instances at a time", async () => {
    const many = Array.from({ length: 60 }, (_, at) => object(`gone-${at}`, `s-${at}`));
    const states = Object.fromEntries(
      many.map(({ instanceId }) => [instanceId, "deleted" as const]),
    );
    expect((await looking({ toygres: [many] }, states)).removals).toHaveLength(50);
  });

  it("comes by each of many, whatever becomes of the others, and by all of its objects at once", async () => {
    const kinds = ["Service", "Secret"].map((kind) =>
      Array.from({ length: 60 }, (_, at) => object(`gone-${at}`, `${kind}-${at}`, { kind })),
    );
    const ids = kinds[0]!.map(({ instanceId }) => instanceId);
    const states = Object.fromEntries(ids.map((id) => [id, "deleted" as const]));
    const reached = new Set<string>();
    // That one is missed in so many looks has a chance of one in 10^21.
    for (let look = 0; look < 30; look += 1) {
      await looking({ toygres: kinds }, states, {
        removeLabelled: async ({ instanceId, uids }) => {
          reached.add(`${instanceId}: ${uids.size}`);
          throw new DomainError("cluster-refused", "no");
        },
      });
    }
    expect([...reached].sort()).toEqual(ids.map((id) => `${id}: 2`).sort());
  });

  it("looks through the namespaces that nobody else is looking through", async () => {
    const asked: (Duty | undefined)[] = [];
    const { removals, lines } = await looking(
      { toygres: [[object("gone", "a")]], other: [[object("unknown", "b")]] },
      { gone: "deleted" },
      {
        exclusively: async (work, duty) => {
          asked.push(duty);
          return asked.length > 1 && work().then(() => true);
        },
      },
    );
    expect(asked).toEqual([{ orphansIn: "toygres" }, { orphansIn: "other" }]);
    expect(removals).toEqual([]);
    expect(lines).toMatchObject([
      { event: "orphans.skipped", namespace: "toygres" },
      { event: "orphans.unknown", namespace: "other" },
    ]);
  });

  it("goes on with the next namespace when the lock of one cannot be asked for", async () => {
    const { events } = await looking(
      { toygres: [], other: [] },
      {},
      {
        exclusively: async () =>
          Promise.reject(new DomainError("metadata-unavailable", "it is away")),
      },
    );
    expect(events).toEqual(["orphans.failed", "orphans.failed"]);
  });
});
