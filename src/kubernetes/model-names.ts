/** The one field of our objects whose name is a word that JavaScript reserves, where it can stand. */
const POLICY = "NetworkPolicy";
const RESERVED = "from";
const IN_MODELS = "_from";

/**
 * As client-node's models spell it. What is spelled as in the API they leave out without a word, and an ingress rule
 * without its `from` lets everybody in.
 */
export function toModel<T extends object>(kind: string, object: T): T {
  return kind === POLICY ? renamed(object, RESERVED, IN_MODELS) : object;
}

/** As the API spells it, which is how it stands in our templates. */
export function fromModel<T extends object>(kind: string, object: T): T {
  return kind === POLICY ? renamed(object, IN_MODELS, RESERVED) : object;
}

function renamed<T extends object>(object: T, from: string, to: string): T {
  // Another name for a field, and nothing else: whoever reads it by its other name has the same type in mind.
  return rename(object, from, to) as T;
}

function rename(value: unknown, from: string, to: string): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item, from, to));
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key === from ? to : key, rename(part, from, to)]),
  );
}
