/** An implementation's version. Numbers only, always two, so that 1.10 comes after 1.9 here as on the host. */
const grammar = /^(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})$/;

export function checkVersion(version: string, of: string): string {
  if (!grammar.test(version)) {
    throw new Error(
      `version "${version.slice(0, 40)}" of ${of} is not of the form MAJOR.MINOR, such as "1.0" or "2.10"`,
    );
  }
  return version;
}

/** Below 0 when `a` is the older one, above 0 when `b` is. */
export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA - majorB || minorA - minorB;
}

interface Versioned {
  readonly version: string;
}

/** A copy, the oldest first. */
export function oldestFirst<T extends Versioned>(versions: readonly T[]): T[] {
  return versions.toSorted((a, b) => compareVersions(a.version, b.version));
}

/** On which version an orchestration of that name begins; undefined: on the host's default. */
export type VersionOf = (name: string) => string | undefined;

interface Using extends Versioned {
  readonly name: string;
  readonly uses: readonly { readonly name: string }[];
}

/**
 * The newest version of each orchestration and of the children that it passes its version on to, theirs included. An
 * instance that begins on it, rather than on the app's highest version, goes on after a rollback to a release that has
 * the same code for it.
 */
export function newestVersions(orchestrations: readonly Using[]): VersionOf {
  const versionsOf = Map.groupBy(orchestrations, ({ name }) => name);
  const family = (name: string, known: ReadonlySet<string>): Using[] => {
    const versions = known.has(name) ? [] : (versionsOf.get(name) ?? []);
    const children = new Set(versions.flatMap(({ uses }) => uses.map((used) => used.name)));
    return [
      ...versions,
      ...[...children].flatMap((child) => family(child, new Set([...known, name]))),
    ];
  };
  const newest = new Map(
    [...versionsOf.keys()].map((name) => [
      name,
      oldestFirst(family(name, new Set())).at(-1)?.version,
    ]),
  );
  return (name) => newest.get(name);
}

/**
 * What runs an instance that began on `begunOn`: the newest implementation that is not newer, and the oldest for an
 * instance that has no version. Undefined when only newer ones are left, or when the text is no version of ours.
 */
export function implementationFor<T extends Versioned>(
  implementations: readonly T[],
  begunOn: string | null | undefined,
): T | undefined {
  const known = oldestFirst(implementations);
  if (begunOn === undefined || begunOn === null || begunOn === "") return known[0];
  if (!grammar.test(begunOn)) return undefined;
  return known.findLast(({ version }) => compareVersions(version, begunOn) <= 0);
}
