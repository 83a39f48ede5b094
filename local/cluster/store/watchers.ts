import { ApiStatusError } from "./status-error.ts";
import type { WatchEvent } from "./store.ts";

interface Change {
  version: number;
  event: WatchEvent;
}

interface Watcher {
  kind: string;
  after: number;
  listener: (event: WatchEvent) => void;
}

/** How many changes are kept for those who resume a watch; older ones get 410 Expired. */
const HISTORY = 5_000;

/** Tells changes to those who watch, in order, after they are on disk. */
export class Watchers {
  private readonly watchers = new Set<Watcher>();
  private readonly pending: Change[] = [];
  private readonly history: Change[] = [];
  private oldest: number;

  constructor(version: number) {
    this.oldest = version;
  }

  changed(version: number, event: WatchEvent): void {
    this.pending.push({ version, event });
  }

  /** All changes up to `version` are on disk. */
  release(version: number): void {
    for (
      let next = this.pending[0];
      next !== undefined && next.version <= version;
      next = this.pending[0]
    ) {
      this.pending.shift();
      this.remember(next);
      for (const watcher of [...this.watchers]) this.tell(watcher, next);
    }
  }

  watch(kind: string, after: number, listener: (event: WatchEvent) => void): () => void {
    if (after < this.oldest) {
      throw new ApiStatusError("Expired", `too old resource version: ${after} (${this.oldest})`);
    }
    const watcher = { kind, after, listener };
    this.watchers.add(watcher);
    for (const change of [...this.history]) this.tell(watcher, change);
    return () => this.watchers.delete(watcher);
  }

  close(): void {
    this.watchers.clear();
  }

  private remember(change: Change): void {
    this.history.push(change);
    if (this.history.length <= HISTORY) return;
    const dropped = this.history.splice(0, this.history.length - HISTORY);
    this.oldest = dropped.at(-1)?.version ?? this.oldest;
  }

  private tell(watcher: Watcher, change: Change): void {
    if (change.version <= watcher.after || !this.watchers.has(watcher)) return;
    watcher.after = change.version;
    if (watcher.kind !== "*" && watcher.kind !== change.event.object.kind) return;
    try {
      watcher.listener(change.event);
    } catch (error) {
      // One listener's mistake must not keep the others from hearing.
      process.stderr.write(`A watcher of ${watcher.kind} failed: ${String(error)}\n`);
    }
  }
}
