import { mkdirSync } from "node:fs";
import { collectGarbage } from "./garbage.ts";
import { forgetfulJournal, openJournal, type Journal } from "./journal.ts";
import { lockFolder } from "./lock.ts";
import { keyOf, type KubernetesObject } from "./object.ts";
import { JournaledStore, type Shelves } from "./journaled-store.ts";
import type { ObjectStore } from "./store.ts";

export interface StoreOptions {
  /** Where the journal lies; without it nothing is kept. */
  folder?: string | undefined;
  /** The clock of creation and deletion times. */
  now?: (() => Date) | undefined;
}

const FIRST_NAMESPACES = ["default", "kube-system"];

/** Opens the store of a folder (made if absent, mode 0700); only one process at a time can hold it. */
export async function openStore(options: StoreOptions = {}): Promise<ObjectStore> {
  const { folder, now = () => new Date() } = options;
  let unlock = (): void => undefined;
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    unlock = await lockFolder(folder);
  }
  try {
    const { journal, shelves, version } = load(folder);
    const store = new JournaledStore({ journal, shelves, version, now, unlock });
    collectGarbage(store);
    for (const name of FIRST_NAMESPACES) {
      if (store.get({ kind: "Namespace", name }) !== undefined) continue;
      await store.create({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
        spec: { finalizers: ["kubernetes"] },
        status: { phase: "Active" },
      });
    }
    return store;
  } catch (error) {
    unlock();
    throw error;
  }
}

function load(folder: string | undefined): { journal: Journal; shelves: Shelves; version: number } {
  const shelves: Shelves = new Map();
  let version = 0;
  if (folder === undefined) return { journal: forgetfulJournal(), shelves, version };
  const journal = openJournal(folder, (line) => {
    version = Math.max(version, line.version);
    if ("put" in line) {
      const object = line.put;
      const shelf = shelves.get(object.kind) ?? new Map<string, KubernetesObject>();
      shelves.set(object.kind, shelf.set(keyOf(object.metadata), object));
    } else if ("removed" in line) {
      const [kind = "", ...key] = line.removed.split(" ");
      shelves.get(kind)?.delete(key.join(" "));
    }
  });
  return { journal, shelves, version };
}
