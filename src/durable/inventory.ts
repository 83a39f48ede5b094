import type { AnyActivity, RetryPolicy } from "./activity.ts";
import { DIALECT, jsonSchema } from "./json-schema.ts";
import type { Library } from "./library.ts";
import { toRegisteredName } from "./names.ts";
import type { AnyOrchestration } from "./orchestration.ts";
import { oldestFirst } from "./versions.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** What can be known of an activity or orchestration without its code. */
interface Described {
  /** `{package}::{type}::{name}`. */
  readonly name: string;
  /** The name of its function on the host. */
  readonly functionName: string;
  /** The library that brought it in: another than its name says where it was overridden. */
  readonly library: string;
  readonly description: string;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
}

export interface DescribedActivity extends Described {
  readonly kind: "activity";
  readonly idempotent: boolean;
  /** Names of the orchestrations that it starts. */
  readonly uses: readonly string[];
  /** How a call is tried again; null: once only. Times in milliseconds. */
  readonly retry: RetryPolicy | null;
  readonly timeLimitMs: number;
}

export interface DescribedOrchestration extends Described {
  readonly kind: "orchestration";
  /** Oldest first; all the rest is of the newest. */
  readonly versions: readonly string[];
  /** Names of what it calls. */
  readonly uses: readonly string[];
}

/** All that a library holds, each kind by name. */
export interface Inventory {
  /** The dialect of all schemas in it. */
  readonly $schema: string;
  /** On which new instances begin; absent without orchestrations. */
  readonly defaultVersion?: string;
  readonly orchestrations: readonly DescribedOrchestration[];
  readonly activities: readonly DescribedActivity[];
}

export function inventory(library: Library<never>): Inventory {
  const versions = Map.groupBy(library.orchestrations, ({ name }) => name);
  const defaultVersion = oldestFirst(library.orchestrations).at(-1)?.version;
  return {
    $schema: DIALECT,
    ...(defaultVersion !== undefined && { defaultVersion }),
    orchestrations: [...versions.values()].map(describeOrchestration).toSorted(byName),
    activities: library.activities.map(describeActivity).toSorted(byName),
  };
}

function describeOrchestration(
  versions: readonly Library["orchestrations"][number][],
): DescribedOrchestration {
  const sorted = oldestFirst(versions);
  const newest = sorted.at(-1);
  if (newest === undefined) throw new Error("an orchestration has at least one version");
  return {
    kind: "orchestration",
    ...described(newest),
    versions: sorted.map(({ version }) => version),
    uses: newest.uses.map(({ name }) => name),
  };
}

function describeActivity(activity: Library<never>["activities"][number]): DescribedActivity {
  const { idempotent, retry = null, timeLimitMs } = activity;
  const uses = activity.uses.map(({ name }) => name);
  return { kind: "activity", ...described(activity), idempotent, uses, retry, timeLimitMs };
}

function described(
  item: (AnyOrchestration | AnyActivity<never>) & { readonly library: string },
): Described {
  const { name, library, description, input, output } = item;
  return {
    name,
    functionName: toRegisteredName(name),
    library,
    description,
    input: jsonSchema(input, "input"),
    output: jsonSchema(output, "output"),
  };
}

function byName(a: Described, b: Described): number {
  return a.name < b.name ? -1 : 1;
}
