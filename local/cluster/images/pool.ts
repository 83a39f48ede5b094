import { randomBytes, randomUUID } from "node:crypto";
import { appendFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { PostgresMajor } from "../../postgres/binaries.ts";
import { initDataDirectory } from "../../postgres/data-directory.ts";

export interface DataDirectoryPool {
  /** Moves a data directory there: a prepared one, else one made now. Its superuser is `postgres`. */
  take(major: PostgresMajor, to: string): Promise<void>;
  /** Waits for the one in the making, makes no more. */
  stop(): Promise<void>;
}

const IDLE_LOOK_MS = 200;

/** Makes a data directory as the image does when nothing else is asked of it. */
export async function makeStandard(major: PostgresMajor, dataDirectory: string): Promise<void> {
  const password = randomBytes(24).toString("hex");
  await initDataDirectory({ major, dataDirectory, superuser: "postgres", password });
  await openToNetwork(dataDirectory);
}

/** The image's own last line of pg_hba.conf. */
export async function openToNetwork(dataDirectory: string): Promise<void> {
  await appendFile(join(dataDirectory, "pg_hba.conf"), "\nhost all all all scram-sha-256\n");
}

/**
 * Keeps data directories ready, because initdb is most of the time of a first start. Each is made by its own
 * initdb: a copied one would share its system identifier.
 */
export async function openPool(
  folder: string,
  sizes: Partial<Record<PostgresMajor, number>>,
): Promise<DataDirectoryPool> {
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const ready = new Map<PostgresMajor, string[]>();
  for (const name of await readdir(folder)) {
    const [major, ...rest] = name.split("-");
    const known = major === "16" || major === "17" || major === "18" ? major : null;
    // A name with a dot was in the making when the cluster was killed; its initdb may write for a while yet.
    if (known === null || rest.length === 0 || name.includes(".")) {
      await rm(join(folder, name), { recursive: true, force: true, maxRetries: 10 });
    } else {
      ready.set(known, [...(ready.get(known) ?? []), join(folder, name)]);
    }
  }
  let stopped = false;
  let filling: Promise<void> = Promise.resolve();
  /** In the making and not yet promised to anyone. */
  const making = new Map<PostgresMajor, Promise<string>>();

  const bench = new Bench();
  const fill = async (major: PostgresMajor): Promise<void> => {
    while (!stopped && (ready.get(major) ?? []).length < (sizes[major] ?? 0)) {
      // Whoever waits for a data directory now goes before those who may want one later.
      if (bench.isBusy) {
        await sleep(IDLE_LOOK_MS);
        continue;
      }
      const place = join(folder, `${major}-${randomUUID()}`);
      const made = initStandard(major, place).then(() => place);
      making.set(major, made);
      try {
        await made;
        if (making.get(major) === made) ready.set(major, [...(ready.get(major) ?? []), place]);
      } finally {
        if (making.get(major) === made) making.delete(major);
      }
    }
  };
  const refill = (major: PostgresMajor): void => {
    filling = filling
      .then(() => fill(major))
      .catch((error: unknown) => {
        process.stderr.write(`cluster: preparing a data directory failed: ${String(error)}\n`);
      });
  };
  /** The one that is half made comes sooner than one begun now. */
  const claimed = async (major: PostgresMajor): Promise<string | undefined> => {
    const made = making.get(major);
    making.delete(major);
    return made?.catch(() => undefined);
  };
  refill("18");
  refill("17");
  refill("16");

  return {
    async take(major, to) {
      const prepared = ready.get(major)?.shift() ?? (await claimed(major));
      if (prepared === undefined) await bench.work(() => makeStandard(major, to));
      else await rename(prepared, to);
      refill(major);
    },
    async stop() {
      stopped = true;
      await filling;
    },
  };
}

/** No more at once than there are cores: initdb is work for the processor, and half-done ones help nobody. */
class Bench {
  private free = Math.max(1, availableParallelism());
  private readonly places = this.free;
  private readonly queue: (() => void)[] = [];

  get isBusy(): boolean {
    return this.free < this.places;
  }

  async work(make: () => Promise<void>): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
    try {
      await make();
    } finally {
      // The place goes straight to the next, so that nobody slips in between.
      const next = this.queue.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}

/** Ready only when complete: made under a name with a dot, renamed at the end. */
async function initStandard(major: PostgresMajor, place: string): Promise<void> {
  await makeStandard(major, `${place}.draft`);
  await rename(`${place}.draft`, place);
}
