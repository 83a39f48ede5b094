import { apply } from "../../local/cluster/api/patch/apply.ts";
import { afterUpdate } from "../../local/cluster/api/patch/ownership.ts";
import { schemaOf } from "../../local/cluster/api/schema/kinds.ts";
import type { KubernetesObject } from "../../local/cluster/store/object.ts";
import type { Manifest } from "../../src/kubernetes/templates.ts";

/** As the API keeps an object, without what it fills in. */
export type Owned = Manifest & KubernetesObject;

const AT = "2026-11-21T08:00:00.000Z";
const writer = (manager: string, operation: "Apply" | "Update", apiVersion: string) => ({
  ...{ manager, operation, apiVersion },
  time: AT,
});

/** What is there once we have applied it. */
export function applied(manifest: Manifest): Owned {
  const us = writer("toygres", "Apply", manifest.apiVersion);
  const { managedFields } = apply(undefined, manifest as never, schemaOf(manifest.kind), us, false);
  return { ...manifest, metadata: { ...manifest.metadata, managedFields } } as Owned;
}

/** What is there once somebody else has made `next` of it. */
export function changed(by: string, object: Owned, next: Manifest): Owned {
  const them = writer(by, "Update", object.apiVersion);
  const managedFields = afterUpdate(object, next, schemaOf(object.kind), them);
  return { ...next, metadata: { ...next.metadata, managedFields } } as Owned;
}
