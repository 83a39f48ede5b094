import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** One up from dist, where the deployed bundle is; two up from src/kubernetes and dist/kubernetes. */
const FOLDERS = ["../templates", "../../templates"].map((up) => join(import.meta.dirname, up));

export type TemplateName =
  | "bootstrap-secret"
  | "certificate-secret"
  | "claim"
  | "config"
  | "control-secret"
  | "headless-service"
  | "namespace"
  | "network-policy"
  | "service"
  | "stateful-set";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
/** A Kubernetes object as data, ready to be sent. */
export type Manifest = z.infer<typeof Manifest>;

const parsed = new Map<TemplateName, Json>();

function load(name: TemplateName): Json {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const folder = FOLDERS.find((one) => existsSync(join(one, `${name}.yaml`)));
  if (folder === undefined) {
    throw new Error(`template "${name}" is missing: templates/ belongs beside dist/`);
  }
  const template = parse(readFileSync(join(folder, `${name}.yaml`), "utf8")) as Json;
  parsed.set(name, template);
  return template;
}

/** A value and where it belongs; numbers are positions in lists. */
export type Setting = readonly [path: readonly (string | number)[], value: Json];

/**
 * A template with values put in by path. Values stay values: nothing in them can change the shape of the
 * object. A path whose parent the template lacks is a mistake of ours and throws.
 */
export function render(name: TemplateName, settings: readonly Setting[]): Manifest {
  const manifest = structuredClone(load(name));
  for (const [path, value] of settings) put(name, manifest, path, value);
  return Manifest.parse(manifest);
}

function put(name: string, root: Json, path: readonly (string | number)[], value: Json): void {
  let at: Json | undefined = root;
  for (const step of path.slice(0, -1)) at = child(at, step);
  const last = path.at(-1);
  if (Array.isArray(at) && typeof last === "number" && last < at.length) at[last] = value;
  else if (isRecord(at) && typeof last === "string") at[last] = value;
  else throw new Error(`template "${name}" has no place for ${path.join(".")}`);
}

function child(at: Json | undefined, step: string | number): Json | undefined {
  if (Array.isArray(at)) return typeof step === "number" ? at[step] : undefined;
  return isRecord(at) && typeof step === "string" && Object.hasOwn(at, step) ? at[step] : undefined;
}

const isRecord = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
