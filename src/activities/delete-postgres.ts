import { z } from "zod";
import { Looks } from "../domain/cleanup.ts";
import type { BeforeRemoval, ListedObject, ObjectRef } from "../domain/cluster.ts";
import { DomainError } from "../domain/errors.ts";
import type { Services } from "../domain/services.ts";
import { activity, type ActivityContext } from "../durable/activity.ts";
import { errorFacts } from "../durable/log.ts";
import { patient } from "./retries.ts";
import { subject, type Subject } from "../domain/subject.ts";

const Removable = z.object({ kind: z.string(), name: z.string(), uid: z.string() });

type Needs = Pick<Services, "cluster"> & {
  readonly ledger: Pick<Services["ledger"], "noteRemoval" | "findInstance" | "giveUpCreate">;
};

export const deletePostgres = activity({
  name: "toygres::activity::delete-postgres",
  description: "Removes an instance's objects from the cluster, for one slice of at most 20 s",
  idempotent: true,
  input: z.object({
    ...subject,
    sliceSeconds: z.number().min(0).max(20).default(20),
    /** Given by who removes for an operation that is not its own: the create, which is no longer wanted, and its receipt. */
    operationId: z.string().optional(),
  }),
  output: z.object({
    /** There was something before the first delete of this slice. */
    deleted: z.boolean(),
    /** Also what earlier slices of the same operation removed, whether they could still answer or not. */
    removed: z.array(Removable),
    /** What still exists when the slice is over; empty: nothing is left, by label and by name. */
    remaining: z.array(Removable),
    /** How the last look of this slice found what remains. */
    looks: Looks.optional(),
  }),
  retry: patient,

  async run({ sliceSeconds, operationId, ...ref }, services: Needs, context) {
    const { cluster, ledger } = services;
    if (operationId !== undefined) await ledger.giveUpCreate(operationId);
    await assertNotInUse(ref, ledger);
    const seen = new Map<string, ObjectRef>();
    const note = noting(seen, operationId ?? context.orchestrationId, services, context);

    const before = await cluster.list(ref);
    await note(before);
    if (before.length > 0) await cluster.remove(ref, sliceSeconds * 1_000, note);
    const remaining = before.length > 0 ? await cluster.list(ref) : before;
    const left = new Set(remaining.map(({ uid }) => uid));
    return {
      deleted: before.length > 0,
      removed: [...seen.values()].filter(({ uid }) => !left.has(uid)),
      remaining: [...remaining],
      looks: looksOf(remaining),
    };
  },
});

/** A backup of the metadata that was restored meanwhile, or a create that was quicker: what runs is not removed. */
async function assertNotInUse(
  { instanceId, instanceName }: Subject,
  ledger: Needs["ledger"],
): Promise<void> {
  const instance = await ledger.findInstance(instanceId);
  if (instance?.state !== "running") return;
  throw new DomainError(
    "overtaken",
    `instance "${instanceName}" is running by now, and its objects are not removed`,
  );
}

/** Writes down what is about to be deleted, and learns what was; a receipt with a gap is no reason to leave objects. */
function noting(
  seen: Map<string, ObjectRef>,
  operationId: string,
  { ledger }: Needs,
  { log }: Pick<ActivityContext, "log">,
): BeforeRemoval {
  const add = (objects: readonly ObjectRef[]): void => {
    for (const { kind, name, uid } of objects) seen.set(uid, { kind, name, uid });
  };
  return async (objects) => {
    add(objects);
    try {
      add(await ledger.noteRemoval(operationId, objects));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      log.warn("removal.not-noted", { operationId, ...errorFacts(error) });
    }
  };
}

function looksOf(found: readonly ListedObject[]): Looks {
  const byLabel = found.filter(({ foundBy }) => foundBy === "label").length;
  return { byLabel, byName: found.length - byLabel };
}
