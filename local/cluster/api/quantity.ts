import type { Json } from "../store/object.ts";

const SCALE: Record<string, number> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** "1Gi" → 1073741824; NaN for what is no quantity. */
export function bytesOf(quantity: Json): number {
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(
    typeof quantity === "number" ? String(quantity) : typeof quantity === "string" ? quantity : "",
  );
  return match === null ? Number.NaN : Number(match[1]) * (SCALE[match[2] ?? ""] ?? Number.NaN);
}
