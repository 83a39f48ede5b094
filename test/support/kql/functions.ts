import { isEmpty, numberFrom, Timespan, textFrom, type Row, type Value } from "./values.ts";

/** Where a function is called. */
export interface Place {
  readonly row: Row;
  readonly now: Date;
}

type Scalar = (args: readonly Value[], place: Place) => Value;

const whole = (value: Value): Value => {
  const number = numberFrom(value);
  return number === null ? null : Math.trunc(number);
};

/** The scalar functions that our queries use; another one is an error, so that nothing is evaluated by guess. */
export const FUNCTIONS: Readonly<Record<string, Scalar>> = {
  parse_json: ([text = null]) => {
    if (typeof text !== "string") return text;
    try {
      return JSON.parse(text) as Value;
    } catch {
      // Text that is no JSON stays text, as in KQL.
      return text;
    }
  },
  tostring: ([value = null]) => textFrom(value),
  toint: ([value = null]) => whole(value),
  tolong: ([value = null]) => whole(value),
  todouble: ([value = null]) => numberFrom(value),
  tobool: ([value = null]) => {
    if (typeof value === "string")
      return value === "true" ? true : value === "false" ? false : null;
    return typeof value === "boolean" ? value : null;
  },
  coalesce: (values) => values.find((value) => !isEmpty(value)) ?? values.at(-1) ?? null,
  isnotempty: ([value]) => !isEmpty(value),
  isempty: ([value]) => isEmpty(value),
  not: ([value]) => (typeof value === "boolean" ? !value : null),
  iff: ([condition, yes = null, no = null]) => (condition === true ? yes : no),
  case: (args) => {
    for (let at = 0; at + 1 < args.length; at += 2) if (args[at] === true) return args[at + 1]!;
    return args.at(-1) ?? null;
  },
  strcat: (args) => args.map(textFrom).join(""),
  trim: ([cut = null, text = null]) => {
    const edge = textFrom(cut);
    return textFrom(text).replace(new RegExp(`^(?:${edge})+|(?:${edge})+$`, "g"), "");
  },
  replace_string: ([text = null, from = null, to = null]) =>
    textFrom(text).replaceAll(textFrom(from), textFrom(to)),
  substring: ([text = null, start = null]) => textFrom(text).slice(numberFrom(start) ?? 0),
  round: ([value = null, digits = 0]) => {
    const [number, scale] = [numberFrom(value), 10 ** (numberFrom(digits) ?? 0)];
    return number === null ? null : Math.round(number * scale) / scale;
  },
  bin: ([value = null, size = null]) => {
    const [number, step] = [numberFrom(value), numberFrom(size)];
    if (number === null || step === null) return null;
    const floor = Math.floor(number / step) * step;
    if (value instanceof Date) return new Date(floor);
    return value instanceof Timespan ? new Timespan(floor) : floor;
  },
  now: (_, { now }) => now,
  // Not what Azure bills; near enough for a share.
  estimate_data_size: (_, { row }) => JSON.stringify(row).length,
};
