import { DomainError } from "../domain/errors.ts";
import type { Instance } from "../domain/instance.ts";
import type { Comparison, ObjectStatus } from "../domain/inspection.ts";
import { planOf } from "../domain/plan.ts";
import type { Settings } from "../domain/services.ts";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noBody, noQuery } from "./endpoint.ts";
import { foundInstance, refOf } from "./found-instance.ts";
import { within } from "./time-limit.ts";

const LOOK_MS = 15_000;

interface Needs extends Pick<ApiServices, "catalog" | "clock" | "inspection"> {
  readonly settings: Pick<Settings, "controlPlaneCidrs">;
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
        ...noteOn(instance, orphans),
        objects,
        orphans,
      },
    };
  },
});

/** What the reader should know of such an instance; where nothing was found there is nothing to say. */
function noteOn({ state }: Instance, orphans: Comparison["orphans"]): { readonly note?: string } {
  const note = notes[state];
  return note !== undefined && (state === "creating" || orphans.length > 0) ? { note } : {};
}

const notes: { readonly [S in Instance["state"]]?: string } = {
  creating: "the instance is being made: what is missing may still come",
  deleting: "the instance is being deleted: the orphans are what is still to go",
  failed:
    "of an instance that failed nothing should be there: DELETE /instances/{id} removes the orphans",
  deleted:
    "of a deleted instance nothing should be there: the orphans are removed within ten minutes",
};

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
