/** A span of time, which KQL keeps apart from numbers. */
export class Timespan {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

export type Value =
  | string
  | number
  | boolean
  | null
  | Date
  | Timespan
  | readonly Value[]
  | { readonly [key: string]: Value };
export type Row = Readonly<Record<string, Value>>;
export type Table = readonly Row[];

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** Of a literal such as `5m` or `1d`. */
export function timespan(literal: string): Timespan {
  const found = /^(\d+(?:\.\d+)?)(d|h|ms|m|s)$/.exec(literal);
  if (found === null) throw new Error(`not a timespan that this reads: ${literal}`);
  return new Timespan(Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS]);
}

/** Null and the empty text are what KQL's `isempty` finds. */
export const isEmpty = (value: Value | undefined): boolean =>
  value === null || value === undefined || value === "";

export function textFrom(value: Value): string {
  if (value === null) return "";
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Timespan) return `${value.ms} ms`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** For comparing and ordering; null when there is nothing to compare. */
export function orderOf(value: Value): number | string | null {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Timespan) return value.ms;
  if (typeof value === "boolean") return Number(value);
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  return JSON.stringify(value);
}

/** Negative when `a` comes first. Nulls come first, as in an ascending order of KQL. */
export function compare(a: Value, b: Value): number {
  const [left, right] = [orderOf(a), orderOf(b)];
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  return left < right ? -1 : 1;
}

export function numberFrom(value: Value): number | null {
  if (value instanceof Timespan) return value.ms;
  if (value instanceof Date) return value.getTime();
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)))
    return Number(value);
  return typeof value === "number" ? value : null;
}
