import { orchestrations } from "./libraries.ts";
import { placeOf, readRecordings } from "./recording.ts";
import { replayRecording } from "./replay-recording.ts";
import { tellTalesIn } from "./tell-tales.ts";

const kept = await readRecordings();
const rows = kept.map((one) => [one.path, one] as const);

describe("the code of today does what was recorded in", () => {
  it.each(rows)("%s", async (_path, { recording, case: name }) => {
    expect(await replayRecording(recording, name, orchestrations)).toBeUndefined();
  });
});

describe("recordings", () => {
  it("are there for every version of every orchestration", () => {
    const recorded = new Set(
      kept.map(({ recording }) => `${recording.orchestration} ${recording.implementation}`),
    );
    const missing = orchestrations
      .map(({ name, version }) => `${name} ${version}`)
      .filter((one) => !recorded.has(one))
      .map((one) => `${one} has no recording: npm run replay:record (docs/writing-workflows.md)`);
    expect(missing).toEqual([]);
  });

  it("lie where what they hold says", () => {
    const places = kept.map(({ recording, case: name }) => placeOf(recording, name));
    expect(kept.map(({ path }) => path)).toEqual(places);
  });

  it("are there in both encodings", () => {
    expect(new Set(kept.map(({ recording }) => recording.encoding))).toEqual(
      new Set(["payload", "webhook"]),
    );
  });

  it("of the payload encoding agree with their own first event", () => {
    for (const { recording } of kept) {
      if (recording.encoding !== "payload") continue;
      const { history, begunOn, instanceId } = recording;
      expect(history.find(({ EventType }) => EventType === 0)).toMatchObject({
        Version: begunOn,
        OrchestrationInstance: { InstanceId: instanceId },
      });
    }
  });

  it.each(rows)("hold no secret and no trace of a machine: %s", (_path, { text }) => {
    expect(tellTalesIn(text)).toEqual([]);
  });
});
