import { apiVersionOf, kindNamed } from "./kinds.ts";
import type { KubernetesObject } from "./object.ts";
import { ApiStatusError } from "./status-error.ts";
import type { NewEvent, ObjectStore } from "./store.ts";

/** Events are news, not history: they go after an hour, as in a real cluster. */
const TTL_MS = 3_600_000;
const PRUNE_EVERY_MS = 60_000;

/** Writes the Events of controllers and kubelet, counting repeats. */
export class EventRecorder {
  private readonly store: ObjectStore;
  private readonly now: () => Date;
  private pruned = 0;
  /** what an event says → its name; only a hint, checked against the store. */
  private readonly names = new Map<string, string>();

  constructor(store: ObjectStore, now: () => Date) {
    this.store = store;
    this.now = now;
  }

  async record(about: KubernetesObject, event: NewEvent): Promise<void> {
    await this.prune();
    const at = this.now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z");
    const namespace = about.metadata.namespace ?? "default";
    const key = JSON.stringify([about.metadata.uid, event.type, event.reason, event.message]);
    const known = this.names.get(key);
    try {
      if (
        known !== undefined &&
        this.store.get({ kind: "Event", namespace, name: known }) !== undefined
      ) {
        await this.store.modify({ kind: "Event", namespace, name: known }, (draft) => {
          draft.count = (draft.count ?? 1) + 1;
          draft.lastTimestamp = at;
        });
        return;
      }
      const name = `${about.metadata.name}.${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
      this.names.set(key, name);
      await this.store.create({
        ...content(about, event),
        metadata: { name, namespace },
        firstTimestamp: at,
        lastTimestamp: at,
      });
    } catch (error) {
      // An event about something in a namespace that goes away is lost in a real cluster too.
      if (!(
        error instanceof ApiStatusError &&
        (error.reason === "NotFound" || error.reason === "Forbidden")
      ))
        throw error;
    }
  }

  private async prune(): Promise<void> {
    const now = this.now().getTime();
    if (now - this.pruned < PRUNE_EVERY_MS) return;
    this.pruned = now;
    this.names.clear();
    for (const event of this.store.list("Event")) {
      const last = Date.parse(event.lastTimestamp ?? event.metadata.creationTimestamp);
      const { namespace, name } = event.metadata;
      if (now - last > TTL_MS) await this.store.delete({ kind: "Event", namespace, name });
    }
  }
}

function content(about: KubernetesObject, event: NewEvent): Omit<KubernetesObject, "metadata"> {
  const known = kindNamed(about.kind);
  return {
    apiVersion: "v1",
    kind: "Event",
    involvedObject: {
      apiVersion: known === undefined ? about.apiVersion : apiVersionOf(known),
      kind: about.kind,
      name: about.metadata.name,
      ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
      uid: about.metadata.uid,
      resourceVersion: about.metadata.resourceVersion,
    },
    type: event.type,
    reason: event.reason,
    message: event.message,
    count: 1,
    source: { component: event.component },
    reportingComponent: event.component,
    reportingInstance: "",
  };
}
