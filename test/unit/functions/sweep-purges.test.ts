import { DomainError } from "../../../src/domain/errors.ts";
import { DAY_MS, NOW, old, sweeping } from "../../support/sweep.ts";

const away = async () => Promise.reject(new DomainError("durable-unavailable", "away"));

describe("what is not kept for ever", () => {
  it("drops old changes of health from the timelines, a thousand at most", async () => {
    expect((await sweeping({})).dropped).toEqual([[30 * DAY_MS, 1_000]]);
  });

  it("forgets the history of what ended long ago, and marks it", async () => {
    const { calls, purged } = await sweeping({ purgeable: async () => [old("a"), old("b")] });
    expect(calls).toEqual([
      ["purge", old("a")],
      ["purge", old("b")],
    ]);
    expect(purged).toEqual(["a", "b"]);
  });

  it("marks nothing as forgotten that it could not forget", async () => {
    const { purged, events } = await sweeping(
      { purgeable: async () => [old("a")] },
      { purge: away },
    );
    expect([purged, events]).toEqual([[], ["operation.purge-failed"]]);
  });

  it("tells what has not ended for an hour more to end, and then leaves it, with one warning", async () => {
    const turn = (afterMs: readonly number[]) =>
      sweeping(
        { purgeable: async () => [old("a")] },
        { purge: async () => ["health-i", "monitor-a"] },
        {},
        afterMs.map((ms) => new Date(NOW.getTime() + ms)),
      );
    const young = await turn([0, 3_599_000]);
    expect([young.purged, young.events]).toEqual([[], []]);

    const given = await turn([0, 3_600_000]);
    expect([given.purged, given.events]).toEqual([["a"], ["operation.history-left"]]);
  });

  it("never leaves a history because the backend is away", async () => {
    const { purged, events } = await sweeping(
      { purgeable: async () => [old("a")] },
      { purge: away },
      {},
      [NOW, new Date(NOW.getTime() + 10 * DAY_MS)],
    );
    expect([purged, events]).toEqual([[], ["operation.purge-failed", "operation.purge-failed"]]);
  });
});
