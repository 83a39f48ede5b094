import { z } from "zod";
import type { Schema } from "./wire.ts";

/** The dialect of all schemas that {@link jsonSchema} gives. */
export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** A schema as others can read it. What JSON Schema has no words for, such as a predicate of our own, is left open. */
export function jsonSchema(schema: Schema, io: "input" | "output"): Record<string, unknown> {
  const described = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  // The dialect is said once, for all schemas of an inventory.
  return Object.fromEntries(Object.entries(described).filter(([key]) => key !== "$schema"));
}
