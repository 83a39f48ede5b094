import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { z } from "zod";
import type { HistoryEvent } from "../../local/functions-host/engine/history.ts";
import type { OrchestrationName } from "../../src/durable/names.ts";
import { implementationFor } from "../../src/durable/versions.ts";
import type { Implementation } from "./libraries.ts";
import { pastFromWebhook } from "./webhook-history.ts";
import { WebhookStatus } from "./webhook-status.ts";
import type { Past } from "./replayed.ts";

export const HISTORIES = join(import.meta.dirname, "histories");

/** Histories of an app that is none of ours, from the real host: they prove the decoder. */
export const REAL_HOST = join(HISTORIES, "real-host");

const Version = z.string().regex(/^\d+\.\d+$/);
const EventOnWire = z.looseObject({
  EventType: z.int(),
  EventId: z.int(),
  IsPlayed: z.boolean(),
  Timestamp: z.iso.datetime(),
});

const facts = {
  orchestration: z.templateLiteral([z.string(), "::orchestration::", z.string()]),
  /** The version that the instance began with, null for none. */
  begunOn: Version.nullable(),
  /** The version of the code that ran it. */
  implementation: Version,
  instanceId: z.string(),
  recordedAt: z.iso.datetime(),
};

/** The history of one instance, as it was kept when its version was the newest. */
export const Recording = z.discriminatedUnion("encoding", [
  z.strictObject({
    /** What a host hands to the function. */
    encoding: z.literal("payload"),
    ...facts,
    input: z.json(),
    history: z.array(EventOnWire).min(2),
  }),
  z.strictObject({
    /** What the management webhook of any host answers. */
    encoding: z.literal("webhook"),
    ...facts,
    body: WebhookStatus,
  }),
]);
export type Recording = z.infer<typeof Recording>;

export interface Kept {
  readonly case: string;
  /** Below the folder of all histories. */
  readonly path: string;
  readonly text: string;
  readonly recording: Recording;
}

/** What a replay is given of a recording, whatever its encoding. */
export function pastOf(recording: Recording): Past {
  if (recording.encoding === "webhook") return pastFromWebhook(recording.body, recording.begunOn);
  const { input, instanceId } = recording;
  // The events are DurableTask's own, of which a recording checks only what all of them have.
  const history = recording.history as readonly unknown[] as readonly HistoryEvent[];
  return { history, input, instanceId, clock: "exact" };
}

/** Where a recording belongs: its facts, spelled as a path. */
export function placeOf(
  { orchestration, implementation }: Pick<Recording, "orchestration" | "implementation">,
  name: string,
): string {
  const [library = "", , short = ""] = orchestration.split("::");
  return [library, short, implementation, `${name}.json`].join("/");
}

/** Every recording below the folder, those of foreign apps left out. */
export async function readRecordings(folder = HISTORIES): Promise<Kept[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.parentPath !== REAL_HOST)
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return Promise.all(
    paths.toSorted().map(async (path) => {
      const text = await readFile(join(folder, path), "utf8");
      const name = (path.split("/").at(-1) ?? "").replace(/\.json$/, "");
      return { case: name, path, text, recording: Recording.parse(JSON.parse(text)) };
    }),
  );
}

/** Which code runs an instance of this orchestration that began on that version. */
export function implementationOf(
  orchestrations: readonly Implementation[],
  name: OrchestrationName,
  begunOn: string | null,
): Implementation | undefined {
  const versions = orchestrations.filter((one) => one.name === name);
  return implementationFor(versions, begunOn);
}
