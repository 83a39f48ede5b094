import type { V1Secret } from "@kubernetes/client-node";
import type { Cluster, SecretContents, SecretKind } from "../domain/cluster.ts";
import { DomainError } from "../domain/errors.ts";
import type { InstanceRef } from "../domain/names.ts";
import { withAppliedFields } from "./applied-fields.ts";
import type { Address, KubernetesClient } from "./client.ts";
import { secretContents, secretData, secretManifest, secretName } from "./manifests.ts";
import { assertUsable } from "./ownership.ts";

type Secrets = Pick<Cluster, "ensureSecret" | "readSecret" | "replaceCertificate">;

const addressOf = (kind: SecretKind, ref: InstanceRef): Address => ({
  kind: "Secret",
  namespace: ref.namespace,
  name: secretName(kind, ref),
});

const unreadable = (name: string, why: string): DomainError =>
  new DomainError("secret-unreadable", `Secret "${name}" ${why}`);

/** Secrets are made once: what exists is used, so that a second run never makes another password or CA. */
export function createSecrets(client: KubernetesClient): Secrets {
  async function find(kind: SecretKind, ref: InstanceRef) {
    const found = await client.get<V1Secret>(addressOf(kind, ref));
    return found && { ...assertUsable(ref, "Secret", found), data: found.data };
  }

  async function read<K extends SecretKind>(
    kind: K,
    ref: InstanceRef,
  ): Promise<SecretContents[K] | undefined> {
    const found = await find(kind, ref);
    if (found === undefined) return undefined;
    const contents = secretContents(kind, found.data);
    if (contents === undefined)
      throw unreadable(secretName(kind, ref), "lacks a part of its contents");
    return contents;
  }

  return {
    readSecret: read,

    async ensureSecret(kind, ref, make, fence) {
      const existing = await read(kind, ref);
      if (existing !== undefined) return { created: false, contents: existing };
      const contents = await make();
      await fence();
      const manifest = withAppliedFields(secretManifest(kind, ref, contents));
      if (await client.create(manifest)) return { created: true, contents };
      const others = await read(kind, ref);
      if (others === undefined)
        throw unreadable(secretName(kind, ref), "vanished while it was made");
      return { created: false, contents: others };
    },

    async replaceCertificate(ref, contents, fence) {
      const found = await find("certificate", ref);
      if (found === undefined) throw unreadable(secretName("certificate", ref), "does not exist");
      await fence();
      await client.merge(addressOf("certificate", ref), {
        metadata: { resourceVersion: found.resourceVersion },
        data: secretData("certificate", contents),
      });
    },
  };
}
