import { randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Refusal } from "../../processes/refusal.ts";
import type { AuthLevel } from "../worker/functions.ts";

const Keys = z.strictObject({
  master: z.string().min(1),
  /** Opens every function of level `function`. */
  host: z.string().min(1),
  /** Opens the durable webhooks. */
  system: z.string().min(1),
  /** By function name. */
  functions: z.record(z.string(), z.string().min(1)).default({}),
});
export type Keys = z.infer<typeof Keys>;

/** The keys kept in `directory`, made at the first start and readable by their owner alone. */
export function keptKeys(directory: string): Keys {
  const path = join(directory, "keys.json");
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true });
    const [master, host, system] = [newKey(), newKey(), newKey()];
    writeFileSync(path, JSON.stringify({ master, host, system }, null, 2), { mode: 0o600 });
  }
  try {
    return Keys.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new Refusal(`${path} is not a file of keys: remove it, and new ones are made`, {
      cause: error,
    });
  }
}

function newKey(): string {
  return `${randomBytes(40).toString("base64url")}==`;
}

/** Who may call what; `null` keys let everyone in, as Core Tools does without --enableAuth. */
export class Guard {
  readonly #keys: Keys | null;

  constructor(keys: Keys | null) {
    this.#keys = keys;
  }

  get systemKey(): string | undefined {
    return this.#keys?.system;
  }

  /** The key of the header wins over `?code=`. */
  allowsFunction(name: string, level: AuthLevel, key: string | undefined): boolean {
    if (this.#keys === null || level === "anonymous") return true;
    const { master, host, functions } = this.#keys;
    const own = Object.entries(functions).find(
      ([one]) => one.toLowerCase() === name.toLowerCase(),
    )?.[1];
    return level === "admin" ? same(key, master) : anyOf(key, [master, host, own]);
  }

  allowsWebhook(key: string | undefined): boolean {
    return this.#keys === null || anyOf(key, [this.#keys.master, this.#keys.system]);
  }

  /** 200, or the status of the refusal: 401 for no key or an unknown one, 403 for one that is too weak. */
  admin(key: string | undefined): 200 | 401 | 403 {
    if (this.#keys === null || same(key, this.#keys.master)) return 200;
    const { host, system, functions } = this.#keys;
    return anyOf(key, [host, system, ...Object.values(functions)]) ? 403 : 401;
  }
}

function anyOf(key: string | undefined, wanted: readonly (string | undefined)[]): boolean {
  return wanted.some((one) => one !== undefined && same(key, one));
}

function same(key: string | undefined, wanted: string): boolean {
  if (key === undefined) return false;
  const [a, b] = [Buffer.from(key), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
