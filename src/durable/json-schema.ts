import { z } from "zod";
import type { Schema } from "./wire.ts";

/** A schema as others can read it. What JSON Schema has no words for, such as a predicate of our own, is left open. */
export function jsonSchema(schema: Schema, io: "input" | "output"): Record<string, unknown> {
  const described = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  // The dialect is said once for all schemas of a page, in its documentation.
  return Object.fromEntries(Object.entries(described).filter(([key]) => key !== "$schema"));
}
