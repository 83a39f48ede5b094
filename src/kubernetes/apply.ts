import type { Fence } from "../domain/cluster.ts";
import type { InstanceRef } from "../domain/names.ts";
import { withAppliedFields } from "./applied-fields.ts";
import type { KubernetesClient } from "./client.ts";
import type { Kind } from "./kinds.ts";
import { assertUsable } from "./ownership.ts";
import type { Manifest } from "./templates.ts";

/**
 * Applies each object on its own, so that a half-made instance is completed. What exists is changed only when
 * it is ours, and named by its uid, so that nothing can take its place between the look and the change.
 */
export async function applyAll(
  client: KubernetesClient,
  ref: InstanceRef,
  manifests: readonly Manifest[],
  fence: Fence,
): Promise<{ readonly created: boolean }> {
  let created = false;
  for (const manifest of manifests) {
    const { name } = manifest.metadata;
    const kind = manifest.kind as Kind;
    const found = await client.get({ kind, namespace: ref.namespace, name });
    const uid = found && assertUsable(ref, kind, found).uid;
    await fence();
    await client.apply(withAppliedFields(manifest), uid);
    created ||= found === undefined;
  }
  return { created };
}
