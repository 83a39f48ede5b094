import type { AnyActivity } from "./activity.ts";
import type { CanonicalName } from "./names.ts";
import type { AnyOrchestration } from "./orchestration.ts";
import { assertSameContracts, assertVersionsCovered } from "./overrides.ts";

/** An item of a library, and who brought it in. */
export type Placed<I> = I & {
  readonly library: string;
  /** It carries the name of another package's item, whose place it takes. */
  readonly overrides: boolean;
};

/** What a merge replaced: by `library "tenants" (dist/activities/test-connection.js:7)`, of another such place. */
export interface Override {
  readonly name: CanonicalName;
  readonly winner: string;
  readonly loser: string;
}

/** Workflows and their activities as a value. `S` is all that the activities still need: nothing, once it is provided. */
export interface Library<S = unknown> {
  readonly name: string;
  /** Every version of every orchestration. */
  readonly orchestrations: readonly Placed<AnyOrchestration>[];
  readonly activities: readonly Placed<AnyActivity<S>>[];
  readonly overridden: readonly Override[];
}

type AnyItem = AnyActivity<never> | AnyOrchestration;

export interface LibraryItems<A extends AnyActivity<never>, B extends AnyItem> {
  /** Several versions of one orchestration may stand side by side. */
  readonly orchestrations?: readonly AnyOrchestration[];
  readonly activities?: readonly A[];
  /** Items that take the places of other packages' items, whose names they carry. */
  readonly overrides?: readonly B[];
}

/** All that any of the activities needs. */
type ServicesOf<A> = (A extends AnyActivity<infer S> ? (needed: S) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** All that any of the libraries needs. */
type NeedsOf<L> = (L extends Library<infer S> ? (needed: S) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** The orchestrations and activities of one package, all under its name; throws for a name that is there twice. */
export function library<A extends AnyActivity<never> = never, B extends AnyItem = never>(
  name: string,
  { orchestrations = [], activities = [], overrides = [] }: LibraryItems<A, B>,
): Library<ServicesOf<A | Extract<B, AnyActivity<never>>>> {
  const own = <I extends AnyOrchestration | A>(item: I): Placed<I> => {
    if (!item.name.startsWith(`${name}::`)) {
      throw new Error(
        `"${item.name}" (${item.definedAt}) does not belong into library "${name}": its name begins with another package's; what is to replace that package's belongs into "overrides"`,
      );
    }
    return { ...item, library: name, overrides: false };
  };
  const foreign = overrides.map((item) => {
    if (item.name.startsWith(`${name}::`)) {
      throw new Error(
        `"${item.name}" (${item.definedAt}) is library "${name}"'s own: it overrides nothing`,
      );
    }
    return { ...item, library: name, overrides: true };
  });
  const placed = {
    orchestrations: [...orchestrations.map(own), ...foreign.filter(isOrchestration)],
    activities: [...activities.map(own), ...foreign.filter(isActivity)],
  };
  assertNoneTwice(name, [...placed.orchestrations, ...placed.activities]);
  // What has the needs of all can be handed to each; TypeScript does not see through its own inference here.
  return { name, ...placed, overridden: [] } as Library<never> as Library<
    ServicesOf<A | Extract<B, AnyActivity<never>>>
  >;
}

/** Hands a library all that its activities need: two applications may give the same one different services. */
export function provide<S>(of: Library<S>, services: S): Library {
  const activities = of.activities.map((activity) => ({
    ...activity,
    execute: (input: unknown, _none: unknown, context: Parameters<typeof activity.execute>[2]) =>
      activity.execute(input, services, context),
  }));
  return { ...of, activities };
}

/**
 * Libraries as one. Of two items of one name the later wins, an orchestration with all its versions. Throws when what
 * wins could not stand in for what it replaces.
 */
export function merge<const L extends readonly Library<never>[]>(
  ...libraries: L
): Library<NeedsOf<L[number]>> {
  const merged = libraries.reduce<Library<never>>(mergeTwo, {
    name: "",
    orchestrations: [],
    activities: [],
    overridden: [],
  });
  // As in `library`.
  return merged as Library<NeedsOf<L[number]>>;
}

function mergeTwo(earlier: Library<never>, later: Library<never>): Library<never> {
  const before = [...earlier.orchestrations, ...earlier.activities];
  const after = [...later.orchestrations, ...later.activities];
  const pairs = after.flatMap((winner) => {
    const losers = before.filter(({ name }) => name === winner.name);
    return losers.map((loser) => ({ winner, loser }));
  });
  for (const pair of pairs) assertInOrder(pair);
  assertSameContracts(pairs, placeOf);
  assertVersionsCovered(earlier.orchestrations, later.orchestrations, placeOf);

  const lost = new Set<string>(pairs.map(({ loser }) => loser.name));
  // What took the place of something real is in order; an override of an override of nothing is not.
  const inPlace = new Set<string>(
    pairs.filter(({ loser }) => !loser.overrides).map(({ winner }) => winner.name),
  );
  const settled = <I extends Placed<AnyItem>>(item: I): I =>
    inPlace.has(item.name) ? { ...item, overrides: false } : item;
  return {
    name: [earlier.name, later.name].filter((name) => name !== "").join("+"),
    orchestrations: [
      ...earlier.orchestrations.filter(({ name }) => !lost.has(name)),
      ...later.orchestrations.map(settled),
    ],
    activities: [
      ...earlier.activities.filter(({ name }) => !lost.has(name)),
      ...later.activities.map(settled),
    ],
    overridden: [...earlier.overridden, ...later.overridden, ...overridesOf(pairs)],
  };
}

interface Pair {
  readonly winner: Placed<AnyItem>;
  readonly loser: Placed<AnyItem>;
}

const isForeign = ({ name, library: from }: Placed<AnyItem>): boolean =>
  !name.startsWith(`${from}::`);

/** The package's own item must not come back over what another package has put in its place. */
function assertInOrder({ winner, loser }: Pair): void {
  if (!isForeign(loser) || isForeign(winner)) return;
  throw new Error(
    `"${loser.name}" of ${placeOf(loser)} is to replace the one of ${placeOf(winner)} and would be replaced by it: merge its library after that one`,
  );
}

/** One a name, whatever its versions. */
function overridesOf(pairs: readonly Pair[]): Override[] {
  const byName = new Map(pairs.map((pair) => [pair.winner.name, pair]));
  return [...byName.values()].map(({ winner, loser }) => ({
    name: winner.name,
    winner: placeOf(winner),
    loser: placeOf(loser),
  }));
}

/** Only what is named, an orchestration with all its versions; throws for a name that the library does not have. */
export function pick<S>(of: Library<S>, names: readonly CanonicalName[]): Library<S> {
  const wanted = new Set<string>(names);
  const known = new Set<string>([...of.orchestrations, ...of.activities].map(({ name }) => name));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) {
    throw new Error(
      `library "${of.name}" has no ${quoted(missing)}; it has ${quoted([...known].toSorted())}`,
    );
  }
  return {
    ...of,
    orchestrations: of.orchestrations.filter(({ name }) => wanted.has(name)),
    activities: of.activities.filter(({ name }) => wanted.has(name)),
    overridden: of.overridden.filter(({ name }) => wanted.has(name)),
  };
}

export function placeOf({
  library: from,
  definedAt,
}: {
  readonly library: string;
  readonly definedAt: string;
}): string {
  return `library "${from}" (${definedAt})`;
}

export const quoted = (names: readonly string[]): string =>
  names.map((name) => `"${name}"`).join(", ");

function assertNoneTwice(
  name: string,
  items: readonly (AnyOrchestration | AnyActivity<never>)[],
): void {
  const seen = new Map<string, string>();
  for (const item of items) {
    // Functions' names ignore case on the host; ours have one case, so equality is enough.
    const what = item.kind === "activity" ? `"${item.name}"` : `"${item.name}" ${item.version}`;
    const before = seen.get(what);
    if (before !== undefined) {
      throw new Error(`library "${name}" has ${what} twice: at ${before} and at ${item.definedAt}`);
    }
    seen.set(what, item.definedAt);
  }
}

function isOrchestration<I extends { readonly kind: string }>(
  item: I,
): item is Extract<I, { readonly kind: "orchestration" }> {
  return item.kind === "orchestration";
}

function isActivity<I extends { readonly kind: string }>(
  item: I,
): item is Extract<I, { readonly kind: "activity" }> {
  return item.kind === "activity";
}
