import type { ClusterInspection, LabelledObject } from "../domain/inspection.ts";
import type { Watch } from "../domain/metadata.ts";
import type { KnownInstance } from "../domain/repairs.ts";
import type { Log } from "../durable/log.ts";
import { forEach, guarded } from "./guarded.ts";
import type { Timer } from "./timer.ts";

/** Instances whose objects are removed in one look; the rest has its turn at the next one. */
const MOST_REMOVED = 50;
/** Objects of one instance that one look removes, and one event names. */
const MOST_OBJECTS = 50;
/** A late step may still have made something so long after its instance was deleted; what is younger, somebody made. */
const LATE_MS = 15 * 60_000;
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
 * are those that came after the end: somebody has put them there, a volume from a backup of the cluster, say.
 */
export async function lookForOrphans(services: OrphanServices, log: Log): Promise<void> {
  await guarded("orphans.failed", {}, log, async () => {
    const alone = await services.watch.exclusively(async () => {
      for (const namespace of services.settings.namespaces) {
        await guarded("orphans.failed", { namespace }, log, () => look(namespace, services, log));
      }
    }, "orphans");
    if (!alone) log.info("orphans.skipped", { reason: "another process is looking" });
  });
}

type Found = Map<string, LabelledObject[]>;

interface Findings {
  readonly deleted: Found;
  readonly unknown: Found;
  /** Of deleted instances, and not theirs to remove. */
  readonly kept: Found;
}

async function look(namespace: string, services: OrphanServices, log: Log): Promise<void> {
  const findings: Findings = { deleted: new Map(), unknown: new Map(), kept: new Map() };
  // What was found before a page could not be read is not left for that.
  await guarded("orphans.listing-failed", { namespace }, log, () =>
    find(namespace, services, findings),
  );
  report("orphans.unknown", findings.unknown, namespace, log);
  report("orphans.kept", findings.kept, namespace, log);
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
      const group = groupOf(object, namespace, states.get(object.instanceId), findings);
      const known = group?.get(object.instanceId);
      if (known !== undefined && known.length < MOST_OBJECTS) known.push(object);
      else if (known === undefined && (group !== findings.deleted || group.size < MOST_REMOVED))
        group?.set(object.instanceId, [object]);
    }
  }
}

function groupOf(
  { createdAt }: LabelledObject,
  namespace: string,
  instance: KnownInstance | undefined,
  { deleted, unknown, kept }: Findings,
): Found | undefined {
  if (instance === undefined) return unknown;
  if (instance.state !== "deleted") return undefined;
  const until = Date.parse(instance.deletedAt ?? "") + LATE_MS;
  return instance.namespace === namespace && Date.parse(createdAt) <= until ? deleted : kept;
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
  event: "orphans.unknown" | "orphans.kept",
  found: Found,
  namespace: string,
  log: Log,
): void {
  for (const [instanceId, objects] of [...found].slice(0, MOST_NAMED)) {
    log.warn(event, { namespace, instanceId, objects: namesOf(objects) });
  }
  if (found.size > MOST_NAMED) {
    log.warn(event, { namespace, instances: found.size, named: MOST_NAMED });
  }
}

function namesOf(objects: readonly LabelledObject[]): string {
  return objects.map(({ kind, name }) => `${kind} ${name}`).join(", ");
}

/**
 * At the start and then every ten minutes, half a minute beside the sweep: it lists the cluster, so it has a timer and a
 * lock of its own, and when it was due last is the timer's own state.
 */
export const orphansTimer: Timer<OrphanServices> = {
  name: "look-for-orphans",
  atStart: true,
  schedule: () => "30 */10 * * * *",
  run: lookForOrphans,
};
