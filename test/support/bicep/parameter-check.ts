import type { Value } from "./evaluate.ts";
import type { Parameter, Template } from "./template.ts";

const TYPES: Readonly<Record<string, (value: Value) => boolean>> = {
  string: (value) => typeof value === "string",
  int: (value) => typeof value === "number",
  bool: (value) => typeof value === "boolean",
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

const BOUNDS: Readonly<Record<string, (value: Value, bound: number) => boolean>> = {
  minLength: (value, bound) => lengthOf(value) >= bound,
  maxLength: (value, bound) => lengthOf(value) <= bound,
  minValue: (value, bound) => Number(value) >= bound,
  maxValue: (value, bound) => Number(value) <= bound,
};

/** What a deployment would refuse of these parameters, one sentence each; empty when it takes them. */
export function parameterProblems(
  { parameters }: Template,
  given: Readonly<Record<string, Value>>,
): readonly string[] {
  const unknown = Object.keys(given)
    .filter((name) => !parameters.has(name))
    .map((name) => `${name} is no parameter of the template`);
  const missing = [...parameters.values()]
    .filter(({ name, hasDefault }) => !hasDefault && !Object.hasOwn(given, name))
    .map(({ name }) => `${name} has no default and is not given`);
  const wrong = Object.entries(given).flatMap(([name, value]) => {
    const parameter = parameters.get(name);
    return parameter === undefined ? [] : problemsOfValue(parameter, value);
  });
  return [...unknown, ...missing, ...wrong];
}

export function problemsOfValue({ name, type, decorators }: Parameter, value: Value): string[] {
  const hasType = TYPES[type];
  if (hasType?.(value) === false) return [`${name} must be of type ${type}`];
  const { allowed } = decorators;
  const isAllowed = !Array.isArray(allowed) || allowed.includes(value);
  return [
    ...(isAllowed ? [] : [`${name} must be one of ${JSON.stringify(allowed)}`]),
    ...Object.entries(BOUNDS)
      .filter(([bound, holds]) => bound in decorators && !holds(value, Number(decorators[bound])))
      .map(([bound]) => `${name} is outside its ${bound} of ${Number(decorators[bound])}`),
  ];
}

const lengthOf = (value: Value): number =>
  typeof value === "string" || Array.isArray(value) ? value.length : Number.NaN;
