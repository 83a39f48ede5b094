import { createHash, randomUUID } from "node:crypto";
import type { ClusterInspection, LabelledObject } from "../domain/inspection.ts";
import type { Watch } from "../domain/metadata.ts";
import type { KnownInstance } from "../domain/repairs.ts";
import type { Facts, Log } from "../durable/log.ts";
import { forEach, guarded } from "./guarded.ts";
import type { Timer } from "./timer.ts";

/** Instances whose objects are removed in one look, drawn by lot; the rest has its turn at a later one. */
const MOST_REMOVED = 50;
/** Objects of one instance that one look removes, and one event names. */
const MOST_OBJECTS = 50;
/** A late step may still have made something so long after its instance was deleted; what is younger, somebody made. */
export const LATE_MS = 15 * 60_000;
const REMOVE_MS = 15_000;
const TURN_MS = 60_000;
/** Lines about instances that nobody knows; the last one counts them all. */
const MOST_NAMED = 20;

export interface OrphanServices {
  readonly watch: Pick<Watch, "exclusively" | "statesOf" | "noteRepair">;
  readonly inspection: Pick<ClusterInspection, "labelled" | "removeLabelled">;
  readonly settings: { readonly namespaces: readonly string[] };
}

/**
 * Looks through the cluster for objects that the end of their instance has left, and removes them. Those whose instance
 * is not known at all are only told of: they can be another control plane's, or of before a backup that was restored. So
 * are those that came after the end: somebody has put them there, a volume from a backup of the cluster, say. And so are
 * those of a create that failed and had left nothing: they are its user's to remove, who sends DELETE in any case.
 */
export async function lookForOrphans(services: OrphanServices, log: Log): Promise<void> {
  for (const namespace of services.settings.namespaces) {
    await guarded("orphans.failed", { namespace }, log, async () => {
      // Another app on this metadata may have other namespaces: one lock for all would let one of the two look at none.
      const work = () => look(namespace, services, log);
      if (await services.watch.exclusively(work, { orphansIn: namespace })) return;
      log.info("orphans.skipped", { namespace, reason: "another process is looking" });
    });
  }
}

/** By the ids of their instances. */
type Found = Map<string, LabelledObject[]>;

class Findings {
  readonly deleted: Found = new Map();
  readonly unknown: Found = new Map();
  /** Of deleted and failed instances, and not theirs to remove. */
  readonly kept: Found = new Map();
  /** Of failed instances whose clean-up had found nothing. */
  readonly late: Found = new Map();
  readonly #salt = randomUUID();
  readonly #lots = new Map<string, string>();

  /**
   * Keeps the instances with the lowest lots, which are others in each look: those whose removal is refused again and
   * again, however many, keep no other from its turn. Who was pushed out does not come back: all that stay are lower.
   */
  draw(object: LabelledObject): void {
    const { instanceId } = object;
    const lot = createHash("sha256").update(`${this.#salt} ${instanceId}`).digest("hex");
    if (!this.deleted.has(instanceId) && this.deleted.size === MOST_REMOVED) {
      const [last, highest] = [...this.#lots].reduce((one, other) =>
        one[1] > other[1] ? one : other,
      );
      if (lot > highest) return;
      this.deleted.delete(last);
      this.#lots.delete(last);
    }
    this.#lots.set(instanceId, lot);
    add(this.deleted, object);
  }
}

function add(found: Found, object: LabelledObject): void {
  const objects = found.get(object.instanceId);
  if (objects === undefined) found.set(object.instanceId, [object]);
  else if (objects.length < MOST_OBJECTS) objects.push(object);
}

async function look(namespace: string, services: OrphanServices, log: Log): Promise<void> {
  const findings = new Findings();
  // What was found before a page could not be read is not left for that.
  await guarded("orphans.listing-failed", { namespace }, log, () =>
    find(namespace, services, findings),
  );
  report("orphans.unknown", findings.unknown, { namespace }, log);
  report("orphans.kept", findings.kept, { namespace }, log);
  report("orphans.late", findings.late, { namespace, action: "send DELETE: it removes them" }, log);
  const left = await forEach([...findings.deleted], TURN_MS, ([instanceId, objects]) =>
    guarded("orphans.removal-failed", { instanceId, namespace }, log, () =>
      remove(instanceId, objects, namespace, services, log),
    ),
  );
  if (left > 0) log.warn("orphans.unfinished", { namespace, left });
}

/** By the ids of their instances, of which the metadata is asked after each page of the listing, not before. */
async function find(
  namespace: string,
  { inspection, watch }: OrphanServices,
  findings: Findings,
): Promise<void> {
  for await (const page of inspection.labelled(namespace)) {
    const staying = page.filter(({ leaving }) => !leaving);
    if (staying.length === 0) continue;
    const states = await watch.statesOf([...new Set(staying.map((object) => object.instanceId))]);
    for (const object of staying) {
      const instance = states.get(object.instanceId);
      if (instance === undefined) add(findings.unknown, object);
      else classify(object, instance, namespace, findings);
    }
  }
}

/** What somebody has put there since the end, in another namespace, or says is theirs, is theirs to remove. */
function classify(
  object: LabelledObject,
  { state, cleanedUp = false, deletedAt = "", ...instance }: KnownInstance,
  namespace: string,
  findings: Findings,
): void {
  if (state !== "deleted" && !cleanedUp) return;
  const isOthers = object.claimed || instance.namespace !== namespace;
  if (isOthers) add(findings.kept, object);
  else if (cleanedUp) add(findings.late, object);
  else if (Date.parse(object.createdAt) <= Date.parse(deletedAt) + LATE_MS) findings.draw(object);
  else add(findings.kept, object);
}

async function remove(
  instanceId: string,
  objects: readonly LabelledObject[],
  namespace: string,
  { inspection, watch }: OrphanServices,
  log: Log,
): Promise<void> {
  await watch.noteRepair({
    instanceId,
    type: "repair.orphans-removed",
    message: `the instance is deleted, and of it were in the cluster: ${namesOf(objects)}; they are removed`,
    causes: objects.map(({ uid }) => uid),
    data: { namespace, objects: objects.map(({ kind, name, uid }) => ({ kind, name, uid })) },
  });
  const { removed, remaining } = await inspection.removeLabelled(
    { instanceId, namespace, uids: new Set(objects.map(({ uid }) => uid)) },
    REMOVE_MS,
  );
  log.warn("orphans.removed", {
    instanceId,
    namespace,
    removed: removed.length,
    remaining: remaining.length,
  });
}

function report(
  event: "orphans.unknown" | "orphans.kept" | "orphans.late",
  found: Found,
  facts: Facts,
  log: Log,
): void {
  for (const [instanceId, objects] of [...found].slice(0, MOST_NAMED)) {
    log.warn(event, { ...facts, instanceId, objects: namesOf(objects) });
  }
  if (found.size > MOST_NAMED) {
    log.warn(event, { ...facts, instances: found.size, named: MOST_NAMED });
  }
}

function namesOf(objects: readonly LabelledObject[]): string {
  return objects.map(({ kind, name }) => `${kind} ${name}`).join(", ");
}

/**
 * At the start and then every ten minutes, half a minute beside the sweep: it lists the cluster, so it has a timer and
 * locks of its own, and when it was due last is the timer's own state.
 */
export const orphansTimer: Timer<OrphanServices> = {
  name: "look-for-orphans",
  atStart: true,
  schedule: () => "30 */10 * * * *",
  run: lookForOrphans,
};
