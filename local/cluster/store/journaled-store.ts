import { sameJson } from "./same-json.ts";
import type { Journal } from "./journal.ts";
import { kindNamed } from "./kinds.ts";
import {
  addPropagation,
  checkPreconditions,
  graceOf,
  isFinished,
  mergedMeta,
} from "./lifecycle.ts";
import { keyOf, refOf, type KubernetesObject, type NewObject, type ObjectRef } from "./object.ts";
import { alreadyExists, badRequest, conflict, forbidden, modified, notFound } from "./refusals.ts";
import { EventRecorder } from "./events.ts";
import type { DeleteOptions, ListOptions, NewEvent, ObjectStore, WatchEvent } from "./store.ts";
import { Watchers } from "./watchers.ts";

/** kind → "namespace/name" → object */
export type Shelves = Map<string, Map<string, KubernetesObject>>;

/** The journal is rewritten when it has this many lines more than twice the living objects. */
const SLACK = 4_000;

function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value))
    if (typeof part === "object" && part !== null) freeze(part as object);
  return Object.freeze(value);
}

interface Parts {
  journal: Journal;
  shelves: Shelves;
  version: number;
  now: () => Date;
  unlock: () => void;
}

/** The store: everything in memory, every write in the journal first. */
export class JournaledStore implements ObjectStore {
  private readonly parts: Parts;
  private readonly watchers: Watchers;
  private readonly events: EventRecorder;
  private closed = false;

  constructor(parts: Parts) {
    this.parts = parts;
    for (const shelf of parts.shelves.values()) for (const object of shelf.values()) freeze(object);
    this.watchers = new Watchers(parts.version);
    this.events = new EventRecorder(this, parts.now);
  }

  version(): string {
    return String(this.parts.version);
  }

  get(ref: ObjectRef): KubernetesObject | undefined {
    return this.parts.shelves.get(ref.kind)?.get(keyOf(ref));
  }

  list(kind: string, options: ListOptions = {}): KubernetesObject[] {
    const { namespace, labels = {} } = options;
    return [...(this.parts.shelves.get(kind) ?? [])]
      .filter(
        ([, { metadata }]) =>
          (namespace === undefined || metadata.namespace === namespace) &&
          Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  async create(object: NewObject): Promise<KubernetesObject> {
    const ref = refOf(object);
    const known = kindNamed(object.kind);
    if (known === undefined) throw badRequest(`This cluster has no kind "${object.kind}".`);
    if (known.namespaced !== (ref.namespace !== undefined)) {
      throw badRequest(`A ${object.kind} ${known.namespaced ? "needs a" : "has no"} namespace.`);
    }
    if (ref.namespace !== undefined) this.checkNamespace(ref, ref.namespace);
    if (this.get(ref) !== undefined) throw alreadyExists(ref);
    const finalizers = [...(object.metadata.finalizers ?? [])];
    if (object.kind === "PersistentVolumeClaim") finalizers.push("kubernetes.io/pvc-protection");
    return this.put(undefined, {
      ...structuredClone(object),
      metadata: {
        ...structuredClone(object.metadata),
        ...(finalizers.length > 0 ? { finalizers: [...new Set(finalizers)] } : {}),
        uid: crypto.randomUUID(),
        resourceVersion: "",
        creationTimestamp: this.time(),
        ...(known.generation ? { generation: 1 } : {}),
      },
    });
  }

  async update(object: NewObject): Promise<KubernetesObject> {
    const stored = this.mustMatch(object);
    const next: KubernetesObject = {
      ...structuredClone(object),
      metadata: mergedMeta(stored.metadata, object.metadata),
    };
    if (stored.status === undefined) delete next.status;
    else next.status = stored.status;
    if (kindNamed(object.kind)?.generation === true && !sameJson(next.spec, stored.spec)) {
      next.metadata.generation = (stored.metadata.generation ?? 1) + 1;
    }
    return isFinished(next) ? this.remove(stored, next) : this.put(stored, next);
  }

  async updateStatus(object: NewObject): Promise<KubernetesObject> {
    const stored = this.mustMatch(object);
    const managed = object.metadata.managedFields;
    const metadata =
      managed === undefined
        ? stored.metadata
        : { ...stored.metadata, managedFields: structuredClone(managed) };
    const next: KubernetesObject = { ...stored, metadata };
    if (object.status === undefined) delete next.status;
    else next.status = structuredClone(object.status);
    return this.put(stored, next);
  }

  async modify(
    ref: ObjectRef,
    change: (draft: KubernetesObject) => void,
    part: "object" | "status" = "object",
  ): Promise<KubernetesObject> {
    const stored = this.get(ref);
    if (stored === undefined) throw notFound(ref);
    const draft = structuredClone(stored);
    change(draft);
    return part === "status" ? this.updateStatus(draft) : this.update(draft);
  }

  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<KubernetesObject> {
    const stored = this.get(ref);
    if (stored === undefined) throw notFound(ref);
    checkPreconditions(ref, stored, options);
    const next = structuredClone(stored);
    addPropagation(next, options);
    const grace = graceOf(stored, options);
    if (
      next.metadata.deletionTimestamp === undefined ||
      grace < (next.metadata.deletionGracePeriodSeconds ?? 0)
    ) {
      next.metadata.deletionGracePeriodSeconds = grace;
      next.metadata.deletionTimestamp = this.time(grace);
    }
    if (isFinished(next)) return this.remove(stored, next);
    if (next.kind === "Namespace") next.status = { ...next.status, phase: "Terminating" };
    return this.put(stored, next);
  }

  watch(
    kind: string,
    fromVersion: string | undefined,
    listener: (event: WatchEvent) => void,
  ): () => void {
    return this.watchers.watch(
      kind,
      fromVersion === undefined ? this.parts.version : Number(fromVersion),
      listener,
    );
  }

  async recordEvent(about: KubernetesObject, event: NewEvent): Promise<void> {
    await this.events.record(about, event);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.watchers.close();
    await this.parts.journal.close();
    this.parts.unlock();
  }

  private time(secondsFromNow = 0): string {
    const at = new Date(this.parts.now().getTime() + secondsFromNow * 1000);
    return at.toISOString().replace(/\.\d+Z$/, "Z");
  }

  private checkNamespace(ref: ObjectRef, name: string): void {
    const namespace = this.get({ kind: "Namespace", name });
    if (namespace === undefined) throw notFound({ kind: "Namespace", name });
    if (namespace.metadata.deletionTimestamp === undefined) return;
    throw forbidden(
      ref,
      `unable to create new content in namespace ${name} because it is being terminated`,
      [
        {
          reason: "NamespaceTerminating",
          message: `namespace ${name} is being terminated`,
          field: "metadata.namespace",
        },
      ],
    );
  }

  private mustMatch(object: NewObject): KubernetesObject {
    const ref = refOf(object);
    const stored = this.get(ref);
    if (stored === undefined) throw notFound(ref);
    const { uid, resourceVersion } = object.metadata;
    if (uid !== undefined && uid !== "" && uid !== stored.metadata.uid) {
      throw conflict(
        ref,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stored.metadata.uid}`,
      );
    }
    if (
      resourceVersion !== undefined &&
      resourceVersion !== "" &&
      resourceVersion !== stored.metadata.resourceVersion
    ) {
      throw modified(ref);
    }
    return stored;
  }

  private async put(
    stored: KubernetesObject | undefined,
    next: KubernetesObject,
  ): Promise<KubernetesObject> {
    if (stored !== undefined && sameJson(stored, next)) return stored;
    const version = this.parts.version + 1;
    const object = freeze({
      ...next,
      metadata: { ...next.metadata, resourceVersion: String(version) },
    });
    this.write({ version, put: object });
    const shelf = this.parts.shelves.get(object.kind) ?? new Map<string, KubernetesObject>();
    this.parts.shelves.set(object.kind, shelf.set(keyOf(object.metadata), object));
    return this.settle(
      version,
      stored === undefined
        ? { type: "ADDED", object }
        : { type: "MODIFIED", object, previous: stored },
    );
  }

  private async remove(
    stored: KubernetesObject,
    last: KubernetesObject,
  ): Promise<KubernetesObject> {
    const version = this.parts.version + 1;
    const object = freeze({
      ...last,
      metadata: { ...last.metadata, resourceVersion: String(version) },
    });
    const key = keyOf(object.metadata);
    this.write({ version, removed: `${object.kind} ${key}` });
    this.parts.shelves.get(object.kind)?.delete(key);
    return this.settle(version, { type: "DELETED", object, previous: stored });
  }

  private write(line: Parameters<Journal["append"]>[0]): void {
    if (this.closed) throw new Error("The cluster's store is closed.");
    this.parts.journal.append(line);
    this.parts.version = line.version;
  }

  private async settle(version: number, event: WatchEvent): Promise<KubernetesObject> {
    this.watchers.changed(version, event);
    this.compactIfLong();
    await this.parts.journal.synced();
    this.watchers.release(version);
    return event.object;
  }

  private compactIfLong(): void {
    const { journal, shelves, version } = this.parts;
    let living = 0;
    for (const shelf of shelves.values()) living += shelf.size;
    if (journal.length() > 2 * living + SLACK) {
      journal.compact(
        version,
        [...shelves.values()].flatMap((shelf) => [...shelf.values()]),
      );
    }
  }
}
