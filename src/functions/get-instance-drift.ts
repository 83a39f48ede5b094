import { DomainError } from "../domain/errors.ts";
import type { Instance } from "../domain/instance.ts";
import type { Comparison, ObjectStatus, Orphan } from "../domain/inspection.ts";
import { planOf } from "../domain/plan.ts";
import type { Settings } from "../domain/services.ts";
import type { ApiServices, ApiSettings } from "./dependencies.ts";
import { defineEndpoint, noBody, noQuery } from "./endpoint.ts";
import { foundInstance, refOf } from "./found-instance.ts";
import { LATE_MS } from "./look-for-orphans.ts";
import { within } from "./time-limit.ts";

const LOOK_MS = 15_000;

/** Orphans that one note names. */
const MOST_NAMED = 20;

interface Needs extends Pick<ApiServices, "catalog" | "clock" | "inspection"> {
  readonly settings: Pick<Settings, "controlPlaneCidrs"> & Pick<ApiSettings, "namespaces">;
}

/**
 * What is in the cluster against what should be there, and who changed it. Only told, never repaired: whether a change
 * by hand was a mistake, who made it knows.
 */
export const getInstanceDrift = defineEndpoint({
  name: "get-instance-drift",
  method: "GET",
  route: "instances/{id}/drift",
  query: noQuery,
  body: noBody,

  async respond({ params }, services: Needs) {
    const instance = await foundInstance(params, services.catalog);
    const { objects, orphans } = await look(instance, services);
    return {
      status: 200,
      body: {
        instanceId: instance.id,
        instanceName: instance.name,
        state: instance.state,
        checkedAt: services.clock.now().toISOString(),
        drifted: hasDrifted(instance, { objects, orphans }),
        ...noteOn(instance, orphans, services.settings),
        objects,
        orphans,
      },
    };
  },
});

/** What the reader should know of such an instance; where nothing was found there is nothing to say. */
function noteOn(
  instance: Instance,
  orphans: Comparison["orphans"],
  { namespaces }: Needs["settings"],
): { readonly note?: string } {
  const { state } = instance;
  if (state === "creating") return { note: MAKING };
  if (state === "running" || orphans.length === 0) return {};
  return {
    note: state === "deleted" ? noteOnDeleted(instance, orphans, namespaces) : notes[state],
  };
}

const MAKING = "the instance is being made: what is missing may still come";

const notes = {
  deleting: "the instance is being deleted: the orphans are what is still to go",
  failed:
    "of an instance that failed nothing should be there: DELETE /instances/{id} removes the orphans",
} as const;

/** Of a deleted instance: what the look for orphans removes, and what it leaves to whoever knows whose it is. */
function noteOnDeleted(
  instance: Instance,
  orphans: readonly Orphan[],
  namespaces: readonly string[],
) {
  const leaving = orphans.filter((orphan) => orphan.leaving);
  const kept = orphans.flatMap((orphan) => {
    const why = orphan.leaving ? undefined : keptBecause(orphan, instance, namespaces);
    return why === undefined ? [] : [{ ...orphan, why }];
  });
  const isRemoved = leaving.length + kept.length < orphans.length;
  return [
    "of a deleted instance nothing should be there",
    ...(isRemoved ? ["the orphans that its end has left are removed within ten minutes"] : []),
    ...(leaving.length > 0 ? ["those that are leaving go once nothing holds them"] : []),
    ...(kept.length > 0 ? [toRemove(kept, instance)] : []),
  ].join("; ");
}

function toRemove(
  kept: readonly (Orphan & { readonly why: string })[],
  { namespace }: Instance,
): string {
  const named = kept.slice(0, MOST_NAMED);
  const list = named.map(({ kind, name, why }) => `${kind} ${name} (${why})`);
  if (kept.length > named.length) list.push(`${kept.length - named.length} more`);
  const objects = named.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`).join(" ");
  return `Toygres never removes ${list.join(", ")}: when nobody needs what is in it, \`kubectl delete ${objects} -n ${namespace}\``;
}

function keptBecause(
  { foundBy, claimed, createdAt = "" }: Orphan,
  { namespace, deletedAt = "" }: Instance,
  namespaces: readonly string[],
): string | undefined {
  if (!namespaces.includes(namespace)) return "its namespace is not in `TOYGRES_NAMESPACES`";
  if (foundBy === "name") return "its label was taken off";
  if (claimed) return "its labels say that somebody else manages it";
  const isLeft = Date.parse(createdAt) <= Date.parse(deletedAt) + LATE_MS;
  return isLeft ? undefined : "it was made after the end of its instance";
}

async function look(
  instance: Instance,
  { inspection, settings }: Pick<Needs, "inspection" | "settings">,
): Promise<Comparison> {
  const ref = refOf(instance);
  const isToBe = instance.state === "running" || instance.state === "creating";
  const looking = isToBe
    ? inspection.compare(planOf({ ...instance, ...ref }, settings))
    : inspection.leftovers(ref).then((orphans) => ({ objects: [], orphans }));
  try {
    return await within(LOOK_MS, looking, { code: "cluster-unavailable", what: "the cluster" });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code === "cluster-unavailable") throw error;
    // Which of the cluster's refusals it is, is for the log.
    throw new DomainError(
      "cluster-unavailable",
      `what is there of instance "${instance.name}" cannot be read: ${error.message}`,
      { cause: error },
    );
  }
}

/** What is as it should be but belongs to somebody else, or would be applied otherwise today, is no drift. */
const DRIFTED: ReadonlySet<ObjectStatus> = new Set(["changed", "missing", "leaving", "foreign"]);

function hasDrifted({ state }: Instance, { objects, orphans }: Comparison): boolean {
  if (state === "deleting") return false;
  const counts = objects.filter(
    ({ status }) => DRIFTED.has(status) && !(state === "creating" && status === "missing"),
  );
  return counts.length > 0 || orphans.length > 0;
}
