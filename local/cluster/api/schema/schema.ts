import type { Json } from "../../store/object.ts";

/**
 * The shape of a field. It is closed (what is not named here is refused) and says how lists are merged, which
 * both server-side apply and strategic merge patch need.
 */
export type Schema =
  | {
      type: "string";
      default?: Json;
      oneOf?: readonly string[];
      pattern?: { is: RegExp; says: string };
    }
  | { type: "integer"; default?: Json; min?: number; max?: number }
  | { type: "boolean"; default?: Json }
  /** A number of things: "500m", "1Gi", 2 */
  | { type: "quantity"; default?: Json }
  | { type: "int-or-string"; default?: Json }
  /** Anything, replaced as a whole. */
  | { type: "anything"; default?: Json }
  | {
      type: "object";
      fields: Record<string, Schema>;
      required: readonly string[];
      atomic: boolean;
      default?: Json;
    }
  | { type: "map"; values: Schema; atomic: boolean; default?: Json }
  /** `keys`: merged item by item; `set`: a set of scalars; otherwise replaced as a whole. */
  | { type: "list"; items: Schema; keys?: readonly string[]; set?: boolean; default?: Json };

export type ObjectSchema = Extract<Schema, { type: "object" }>;

const withDefault = (value: Json | undefined): { default?: Json } =>
  value === undefined ? {} : { default: value };

export const text = (value?: string): Schema => ({ type: "string", ...withDefault(value) });
export const matching = (is: RegExp, says: string): Schema => ({
  type: "string",
  pattern: { is, says },
});
export const oneOf = (values: readonly string[], value?: string): Schema => ({
  type: "string",
  oneOf: values,
  ...withDefault(value),
});
export const integer = (limits: { min?: number; max?: number; default?: number } = {}): Schema => ({
  type: "integer",
  ...limits,
});
export const bool = (value?: boolean): Schema => ({ type: "boolean", ...withDefault(value) });
export const quantity: Schema = { type: "quantity" };
export const intOrString: Schema = { type: "int-or-string" };
export const anything: Schema = { type: "anything" };
export const object = (
  fields: Record<string, Schema>,
  required: readonly string[] = [],
  more: { default?: Json; atomic?: boolean } = {},
): ObjectSchema => ({ type: "object", fields, required, atomic: false, ...more });
export const map = (values: Schema, atomic = false): Schema => ({ type: "map", values, atomic });
export const list = (items: Schema): Schema => ({ type: "list", items });
export const listBy = (keys: readonly string[], items: Schema): Schema => ({
  type: "list",
  items,
  keys,
});
export const setOf = (items: Schema): Schema => ({ type: "list", items, set: true });

export const port = integer({ min: 1, max: 65535 });
export const count = integer({ min: 0 });
export const strings = list(text());
/** Real: RFC 3339; nothing here reads more than the order of them. */
export const time = matching(
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  "must be a time such as 2006-01-02T15:04:05Z",
);

const label: Schema = matching(
  /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, 63 at most",
);
export const labels = map(label);

export const labelSelector = object(
  {
    matchLabels: map(text()),
    matchExpressions: list(
      object(
        {
          key: text(),
          operator: oneOf(["In", "NotIn", "Exists", "DoesNotExist"]),
          values: strings,
        },
        ["key", "operator"],
      ),
    ),
  },
  [],
  { atomic: true },
);

export const meta = object({
  name: text(),
  namespace: text(),
  labels,
  annotations: map(text()),
  finalizers: setOf(text()),
  ownerReferences: listBy(
    ["uid"],
    object(
      {
        apiVersion: text(),
        kind: text(),
        name: text(),
        uid: text(),
        controller: bool(),
        blockOwnerDeletion: bool(),
      },
      ["apiVersion", "kind", "name", "uid"],
      { atomic: true },
    ),
  ),
  managedFields: list(anything),
  uid: text(),
  resourceVersion: text(),
  generation: integer(),
  creationTimestamp: anything,
  deletionTimestamp: anything,
  deletionGracePeriodSeconds: integer(),
  selfLink: text(),
});
