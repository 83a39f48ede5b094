import {
  eventRaised,
  executionCompleted,
  executionResumed,
} from "../../../local/functions-host/engine/history.ts";
import { nothing } from "../../../local/functions-host/engine/outcome.ts";
import type {
  EpisodeCommit,
  LeasedEpisode,
  NewInstance,
  Store,
} from "../../../local/functions-host/engine/store.ts";

const NOW = Date.UTC(2026, 0, 1);
const LEASE_MS = 10_000;

const instance = (instanceId: string, executionId = `run-of-${instanceId}`): NewInstance => ({
  instanceId,
  executionId,
  name: "o",
  version: "1.0",
  input: '{"n":1}',
  parent: null,
});

const request = (now = NOW, owner = "host-1") => ({ owner, now, until: now + LEASE_MS, limit: 20 });

const consumed = (work: LeasedEpisode) => work.messages.map(({ id }) => id);

/** What an episode commits that does no more than the given changes. */
function running(work: LeasedEpisode, changes: Partial<EpisodeCommit> = {}): EpisodeCommit {
  const row = { ...work.instance, status: "Running" as const, updatedAt: NOW + 1 };
  return { ...nothing(row), consumed: consumed(work), ...changes };
}

/** The rules that each store must keep; `open` gives an empty one each time. */
export function describeStore(kind: string, open: () => Promise<Store>): void {
  describe(`the durable store in ${kind}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const begun = async (id: string): Promise<LeasedEpisode> => {
      await store.create(instance(id), NOW);
      const [work] = await store.leaseEpisodes(request());
      return work!;
    };

    it("creates an instance as Pending, with its start in the inbox", async () => {
      expect(await store.create(instance("a"), NOW)).toBeNull();
      expect(await store.find("a")).toMatchObject({ status: "Pending", createdAt: NOW });
      const [work] = await store.leaseEpisodes(request());
      expect(work!.messages.map(({ event }) => event.EventType)).toEqual([0]);
      expect(work!.history).toEqual([]);
    });

    it("refuses an id that is taken by an unfinished instance, and lets exactly one of many starts win", async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, n) => store.create(instance("a", `run-${n}`), NOW)),
      );
      expect(answers.filter((answer) => answer === null)).toHaveLength(1);
      expect(answers.filter((answer) => answer === "Pending")).toHaveLength(9);
    });

    it("replaces a finished instance of the same id with all that it had", async () => {
      const work = await begun("a");
      const row = { ...work.instance, status: "Completed" as const, output: '"x"' };
      const events = [executionCompleted(NOW, "Completed", '"x"')];
      await store.commitEpisode(work.lease, running(work, { instance: row, events }));
      expect(await store.create(instance("a", "second"), NOW + 5)).toBeNull();
      expect(await store.history("a")).toEqual([]);
      expect(await store.find("a")).toMatchObject({ executionId: "second", output: null });
    });

    it("hands an episode to one host at a time, and to the next when the lease has run out", async () => {
      const work = await begun("a");
      expect(await store.leaseEpisodes(request(NOW + 1, "host-2"))).toEqual([]);
      const [taken] = await store.leaseEpisodes(request(NOW + LEASE_MS, "host-2"));
      expect(taken!.instance.instanceId).toBe("a");
      expect(await store.commitEpisode(work.lease, running(work))).toBe(false);
      expect(await store.find("a")).toMatchObject({ status: "Pending" });
      expect(await store.commitEpisode(taken!.lease, running(taken!))).toBe(true);
    });

    it("keeps a lease that is prolonged", async () => {
      const work = await begun("a");
      await store.renew([work.lease.token], NOW + 3 * LEASE_MS);
      expect(await store.leaseEpisodes(request(NOW + LEASE_MS, "host-2"))).toEqual([]);
    });

    it("gives back at once what an earlier life of the same host held", async () => {
      await begun("a");
      await store.releaseOwner("host-1");
      expect(await store.leaseEpisodes(request(NOW + 1))).toHaveLength(1);
    });

    it("shows a timer no earlier than its time, and says when that is", async () => {
      const work = await begun("a");
      const event = eventRaised(NOW, "timer", null);
      const message = { instanceId: "a", executionId: "run-of-a", event, visibleAt: NOW + 500 };
      await store.commitEpisode(work.lease, running(work, { messages: [message] }));
      expect(await store.leaseEpisodes(request(NOW + 499))).toEqual([]);
      expect(await store.nextDue(NOW + 1)).toBe(NOW + 500);
      expect(await store.leaseEpisodes(request(NOW + 500))).toHaveLength(1);
    });

    it("records an activity's answer once, from the host that holds it", async () => {
      const work = await begun("a");
      const activities = [{ taskId: 0, name: "say", data: '"x"' }];
      await store.commitEpisode(work.lease, running(work, { activities }));
      const [first] = await store.leaseActivities(request());
      const [second] = await store.leaseActivities(request(NOW + LEASE_MS, "host-2"));
      expect([first!.attempt, second!.attempt]).toEqual([1, 2]);
      const ok = { ok: true, result: "1" } as const;
      expect(await store.completeActivity(first!.lease, ok, NOW)).toBe(false);
      expect(await store.completeActivity(second!.lease, ok, NOW)).toBe(true);
      expect(await store.completeActivity(second!.lease, ok, NOW)).toBe(false);
      const [next] = await store.leaseEpisodes(request(NOW + LEASE_MS));
      expect(next!.messages.map(({ event }) => event.EventType)).toEqual([5]);
    });

    it("drops an answer for an execution that is over", async () => {
      const work = await begun("a");
      const activities = [{ taskId: 0, name: "say", data: null }];
      await store.commitEpisode(work.lease, running(work, { activities }));
      const [activity] = await store.leaseActivities(request());
      await store.send(
        { instanceId: "a", executionId: null, event: eventRaised(NOW, "e", null), visibleAt: NOW },
        ["Running"],
      );
      const [next] = await store.leaseEpisodes(request());
      const row = { ...next!.instance, executionId: "next" };
      await store.commitEpisode(next!.lease, running(next!, { instance: row, replace: true }));
      const ok = { ok: true, result: "1" } as const;
      expect(await store.completeActivity(activity!.lease, ok, NOW)).toBe(false);
    });

    it("keeps history in order and the start of a new generation before what waits", async () => {
      const work = await begun("a");
      const events = ["1", "2", "3"].map((name) => eventRaised(NOW, name, null));
      await store.commitEpisode(work.lease, running(work, { events }));
      const send = (name: string) =>
        store.send(
          {
            instanceId: "a",
            executionId: null,
            event: eventRaised(NOW, name, null),
            visibleAt: NOW,
          },
          ["Running"],
        );
      await send("early");
      const [next] = await store.leaseEpisodes(request());
      expect(next!.history).toEqual(events);
      await send("late");
      const row = { ...next!.instance, executionId: "next" };
      const first = {
        instanceId: "a",
        executionId: "next",
        event: eventRaised(NOW + 9, "first", null),
        visibleAt: NOW + 9,
        first: true,
      };
      const replaced = running(next!, { instance: row, replace: true, messages: [first] });
      await store.commitEpisode(next!.lease, replaced);
      const [after] = await store.leaseEpisodes(request(NOW + 9));
      expect(after!.history).toEqual([]);
      expect(
        after!.messages.map(({ event }) => ("Name" in event ? event.Name : event.EventType)),
      ).toEqual(["first", "late"]);
    });

    it("leaves a suspended instance alone until it is to be resumed", async () => {
      const work = await begun("a");
      const row = { ...work.instance, status: "Suspended" as const };
      await store.commitEpisode(work.lease, running(work, { instance: row }));
      const send = (event: ReturnType<typeof eventRaised> | ReturnType<typeof executionResumed>) =>
        store.send({ instanceId: "a", executionId: null, event, visibleAt: NOW }, ["Suspended"]);
      await send(eventRaised(NOW, "e", null));
      expect(await store.leaseEpisodes(request())).toEqual([]);
      await send(executionResumed(NOW, null));
      const [resumed] = await store.leaseEpisodes(request());
      expect(resumed!.messages).toHaveLength(2);
    });

    it("tells what a message met instead of an instance that may have it", async () => {
      const message = {
        instanceId: "a",
        executionId: null,
        event: eventRaised(NOW, "e", null),
        visibleAt: NOW,
      };
      expect(await store.send(message, ["Pending"])).toEqual({ delivered: false, status: null });
      await store.create(instance("a"), NOW);
      const wrong = await store.send(message, ["Suspended"]);
      expect(wrong).toEqual({ delivered: false, status: "Pending" });
    });

    it("lists by prefix, time and status, page by page, and purges what matches with all of it", async () => {
      for (const id of ["x-1", "x-2", "y-1"]) await store.create(instance(id), NOW);
      await store.create(instance("x-3"), NOW + 60_000);
      const ids = async (query: Partial<Parameters<Store["list"]>[0]>) => {
        const rows = await store.list({ top: 10, after: null, ...query });
        return rows.map(({ instanceId }) => instanceId);
      };
      expect(await ids({ instanceIdPrefix: "x-" })).toEqual(["x-1", "x-2", "x-3"]);
      expect(await ids({ createdTimeTo: new Date(NOW) })).toEqual(["x-1", "x-2", "y-1"]);
      expect(await ids({ top: 2, after: "x-1" })).toEqual(["x-2", "x-3"]);
      expect(await ids({ runtimeStatus: ["Running"] })).toEqual([]);
      expect(await store.purge({ instanceId: "y-1", finished: true })).toBe(0);
      expect(await store.purge({ instanceIdPrefix: "x-", runtimeStatus: ["Pending"] })).toBe(3);
      expect(await ids({})).toEqual(["y-1"]);
      expect(await store.leaseEpisodes(request(NOW + 60_000))).toHaveLength(1);
    });

    it("starts a child with its parent's episode, and tells the parent when the id is taken", async () => {
      const work = await begun("p");
      await store.create(instance("taken"), NOW);
      const parent = { instanceId: "p", executionId: "run-of-p", taskId: 0 };
      const children = [
        { ...instance("free"), parent },
        { ...instance("taken"), parent: { ...parent, taskId: 1 } },
      ];
      await store.commitEpisode(work.lease, running(work, { children }));
      expect(await store.find("free")).toMatchObject({ parent, status: "Pending" });
      const leased = await store.leaseEpisodes(request(NOW + 1));
      const back = leased.find((one) => one.instance.instanceId === "p");
      expect(back!.messages.map(({ event }) => event)).toMatchObject([
        {
          TaskScheduledId: 1,
          Reason: "An Orchestration instance with the status Pending already exists.",
        },
      ]);
    });

    it("wakes its listeners when work arrives", async () => {
      const woken = new Promise<void>((resolve) => store.onWork(resolve));
      await store.create(instance("a"), NOW);
      await woken;
    });
  });
}
