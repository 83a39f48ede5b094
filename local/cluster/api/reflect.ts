const known = new WeakMap<object, Map<unknown, unknown>>();

function inherited(key: unknown, target: object): unknown {
  for (
    let at: unknown = target;
    typeof at === "function" || (typeof at === "object" && at !== null);
    at = Object.getPrototypeOf(at)
  ) {
    if (known.get(at)?.has(key) === true) return known.get(at)?.get(key);
  }
  return undefined;
}

/** The part of the reflection proposal that @peculiar/x509's container needs, unless a polyfill is there already. */
export function ensureReflectMetadata(): void {
  if ("getMetadata" in Reflect) return;
  Object.assign(Reflect, {
    getMetadata: inherited,
    getOwnMetadata: (key: unknown, target: object) => known.get(target)?.get(key),
    defineMetadata: (key: unknown, value: unknown, target: object) =>
      void known.set(target, (known.get(target) ?? new Map<unknown, unknown>()).set(key, value)),
  });
}
