export type Rec = Readonly<Record<string, unknown>>;

/** As on the wire: the client library makes objects with dates of it. */
export const plain = (object: object): unknown => JSON.parse(JSON.stringify(object)) as unknown;

/** The API leaves out what is empty. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

export function isRecord(value: unknown): value is Rec {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
