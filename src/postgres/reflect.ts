type Metadata = Map<unknown, unknown>;

const known = new WeakMap<object, Metadata>();

function own(key: unknown, target: object): unknown {
  return known.get(target)?.get(key);
}

function inherited(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = parentOf(at)) {
    if (known.get(at)?.has(key) === true) return own(key, at);
  }
  return undefined;
}

const parentOf = (object: object): object | null => {
  const parent: unknown = Object.getPrototypeOf(object);
  return typeof parent === "function" || typeof parent === "object" ? parent : null;
};

function define(key: unknown, value: unknown, target: object): void {
  const metadata = known.get(target) ?? new Map<unknown, unknown>();
  metadata.set(key, value);
  known.set(target, metadata);
}

/** The three functions of the reflection proposal that @peculiar/x509's container asks for; a present polyfill is kept. */
export function ensureReflectMetadata(): void {
  if ("getMetadata" in Reflect) return;
  Object.assign(Reflect, { getMetadata: inherited, getOwnMetadata: own, defineMetadata: define });
}
