import { z } from "zod";
import type { KubernetesObject } from "../store/object.ts";
import { refOf } from "../store/object.ts";
import { badRequest } from "../store/refusals.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { DeleteOptions, ObjectStore } from "../store/store.ts";
import { parseBody } from "./body.ts";
import { listOf, type ObjectList } from "./lists.ts";
import type { Target } from "./request-info.ts";

const Policy = z.enum(["Background", "Foreground", "Orphan"]);
const Body = z.strictObject({
  kind: z.string().optional(),
  apiVersion: z.string().optional(),
  gracePeriodSeconds: z.int().nullish(),
  preconditions: z
    .strictObject({ uid: z.string().nullish(), resourceVersion: z.string().nullish() })
    .nullish(),
  propagationPolicy: Policy.nullish(),
  orphanDependents: z.boolean().nullish(),
  dryRun: z.array(z.string()).nullish(),
});

/** DeleteOptions come in the body, in the query, or both. */
export function deleteOptions(text: string, query: URLSearchParams): DeleteOptions {
  const parsed = Body.safeParse(text === "" ? {} : parseBody(text, "application/json"));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join(".")}: ${issue.message}`,
    );
    throw badRequest(`DeleteOptions cannot be read: ${problems.join(", ")}`);
  }
  const { dryRun, preconditions, gracePeriodSeconds, propagationPolicy, orphanDependents } =
    parsed.data;
  if (dryRun != null && dryRun.length > 0)
    throw badRequest("The local cluster has no dry run: nothing was done.");
  const grace = gracePeriodSeconds ?? numberIn(query, "gracePeriodSeconds");
  const orphan = orphanDependents === true ? "Orphan" : undefined;
  return {
    ...preconditionsOf(preconditions),
    // Real: a negative grace period means at once.
    gracePeriodSeconds: grace === undefined ? undefined : Math.max(grace, 0),
    propagation: propagationPolicy ?? policyIn(query) ?? orphan,
  };
}

const preconditionsOf = (given: z.infer<typeof Body>["preconditions"]): DeleteOptions => ({
  uid: given?.uid ?? undefined,
  resourceVersion: given?.resourceVersion ?? undefined,
});

function numberIn(query: URLSearchParams, name: string): number | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  if (!/^-?\d+$/.test(given)) throw badRequest(`${name} must be a number`);
  return Number(given);
}

function policyIn(query: URLSearchParams): z.infer<typeof Policy> | undefined {
  const given = query.get("propagationPolicy");
  if (given === null) return undefined;
  const parsed = Policy.safeParse(given);
  if (!parsed.success)
    throw badRequest(
      `propagationPolicy: Unsupported value: ${JSON.stringify(given)}: supported values: "Background", "Foreground", "Orphan"`,
    );
  return parsed.data;
}

/** The kinds whose deletion is answered by the object itself, as the real API does. */
const RETURNED = [
  "Pod",
  "PersistentVolumeClaim",
  "PersistentVolume",
  "Service",
  "ServiceAccount",
  "StorageClass",
];

export function deletionAnswer(
  { kind }: Target,
  store: ObjectStore,
  deleted: KubernetesObject,
): object {
  const isGone = store.get(refOf(deleted))?.metadata.uid !== deleted.metadata.uid;
  if (!isGone || RETURNED.includes(kind.kind)) return deleted;
  const { name, uid } = deleted.metadata;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...(kind.group === "" ? {} : { group: kind.group }), kind: kind.plural, uid },
  };
}

/** Deletes what the query selects; the answer lists it. */
export async function deleteCollection(
  store: ObjectStore,
  target: Target,
  query: URLSearchParams,
  options: DeleteOptions,
): Promise<ObjectList> {
  if (target.kind.namespaced && target.namespace === undefined) {
    throw new ApiStatusError(
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
    );
  }
  const list = listOf(store, target, query);
  for (const object of list.items) {
    try {
      await store.delete(refOf(object), { ...options, uid: object.metadata.uid });
    } catch (error) {
      // Gone meanwhile is deleted.
      if (!(error instanceof ApiStatusError && ["NotFound", "Conflict"].includes(error.reason)))
        throw error;
    }
  }
  return list;
}
