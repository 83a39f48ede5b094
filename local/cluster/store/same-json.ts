const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Whether two values are the same JSON; a field that is undefined counts as absent. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = definedKeys(a);
  return (
    keys.length === definedKeys(b).length &&
    keys.every((key) => sameJson(Reflect.get(a, key), Reflect.get(b, key)))
  );
}

const definedKeys = (value: object): string[] =>
  Object.entries(value).flatMap(([key, part]) => (part === undefined ? [] : [key]));
