import type { KubernetesObject } from "@kubernetes/client-node";
import type { InstancePlan } from "../domain/cluster.ts";
import type {
  ComparedObject,
  Comparison,
  Difference,
  ObjectStatus,
  Orphan,
  Writer,
} from "../domain/inspection.ts";
import type { InstanceRef } from "../domain/names.ts";
import type { KubernetesClient } from "./client.ts";
import type { Kind } from "./kinds.ts";
import { additionsTo } from "./added.ts";
import { differencesOf } from "./compare.ts";
import { isClaimed } from "./labels.ts";
import { findObjects, refOfFound, type FoundObject } from "./list.ts";
import { ownersOf } from "./managed-fields.ts";
import {
  secretManifest,
  serviceManifests,
  workloadManifests,
  type ManifestOptions,
} from "./manifests.ts";
import type { Manifest } from "./templates.ts";

/** Only reads. What should be there is what deploy-postgres would apply now. */
export async function compareInstance(
  client: KubernetesClient,
  plan: InstancePlan,
  options: ManifestOptions,
): Promise<Comparison> {
  const found = await findObjects(client, plan);
  const expected = manifestsOf(plan, options);
  const objects = await Promise.all(
    expected.map(async (manifest) => {
      const there = found.find((it) => isNamed(it, manifest));
      return there ? compareObject(manifest, there.object) : absent(client, plan, manifest);
    }),
  );
  return { objects, orphans: orphansAmong(found, expected) };
}

export async function leftoversOf(
  client: KubernetesClient,
  ref: InstanceRef,
): Promise<readonly Orphan[]> {
  return (await findObjects(client, ref)).map(orphanOf);
}

function manifestsOf(plan: InstancePlan, options: ManifestOptions): readonly Manifest[] {
  return [
    ...serviceManifests(plan),
    // Of the contents only that they are there is looked at.
    secretManifest("control", plan, { caCertificate: "", caKey: "", controlPassword: "" }),
    secretManifest("certificate", plan, { certificate: "", key: "", ca: "" }),
    secretManifest("bootstrap", plan, { initSql: "", postgresPassword: "" }),
    ...workloadManifests(plan, options),
  ];
}

const isNamed = ({ kind, object }: FoundObject, manifest: Manifest): boolean =>
  kind === manifest.kind && object.metadata?.name === manifest.metadata.name;

/** By its name there is nothing, or nothing of ours. */
async function absent(
  client: KubernetesClient,
  { namespace }: InstancePlan,
  { kind, metadata: { name } }: Manifest,
): Promise<ComparedObject> {
  const foreign = await client.get({ kind: kind as Kind, namespace, name });
  if (foreign === undefined) return { kind, name, status: "missing", differences: [] };
  const uid = foreign.metadata?.uid ?? "";
  return { kind, name, uid, status: "foreign", differences: [], writers: writersOf(foreign) };
}

function compareObject(manifest: Manifest, object: KubernetesObject): ComparedObject {
  const { kind, metadata } = manifest;
  const uid = object.metadata?.uid ?? "";
  const differences = [...differencesOf(manifest, object), ...additionsTo(manifest, object)];
  const status = isLeaving(object) ? "leaving" : statusOf(differences);
  const writers = writersOf(object);
  const isChanged = status === "changed" && writers.length > 0;
  return { kind, name: metadata.name, uid, status, differences, ...(isChanged && { writers }) };
}

const OTHERS: ReadonlySet<Difference["change"]> = new Set(["value", "removed", "added"]);

/** The gravest of what was found. */
function statusOf(differences: readonly Difference[]): ObjectStatus {
  const changes = new Set(differences.map(({ change }) => change));
  if (differences.some(({ change }) => OTHERS.has(change))) return "changed";
  if (changes.has("owner")) return "taken-over";
  return changes.has("applied") ? "outdated" : "unchanged";
}

const writersOf = (object: KubernetesObject): readonly Writer[] =>
  ownersOf(object)
    .filter(({ ours }) => !ours)
    .map(({ writer }) => writer);

/** What is neither expected nor made by the cluster for something that is, as a pod is for its StatefulSet. */
function orphansAmong(found: readonly FoundObject[], expected: readonly Manifest[]): Orphan[] {
  const isExpected = (it: FoundObject) => expected.some((manifest) => isNamed(it, manifest));
  const ours = new Set(found.filter(isExpected).map(({ object }) => object.metadata?.uid));
  const isMade = ({ object }: FoundObject) =>
    object.metadata?.ownerReferences?.some(({ controller, uid }) => controller && ours.has(uid));
  return found.filter((it) => !isExpected(it) && !isMade(it)).map(orphanOf);
}

function orphanOf(found: FoundObject): Orphan {
  const { kind, name, uid, foundBy } = refOfFound(found);
  const { metadata } = found.object;
  const createdAt = metadata?.creationTimestamp;
  return {
    kind,
    name,
    uid,
    ...(createdAt !== undefined && { createdAt: new Date(createdAt).toISOString() }),
    foundBy,
    claimed: isClaimed(metadata?.labels),
    leaving: isLeaving(found.object),
  };
}

const isLeaving = ({ metadata }: KubernetesObject): boolean =>
  metadata?.deletionTimestamp !== undefined;
