import { FUNCTIONS } from "./functions.ts";
import { nameOf, textOf, type Syntax } from "./language.ts";
import {
  compare,
  numberFrom,
  orderOf,
  textFrom,
  timespan,
  Timespan,
  type Row,
  type Table,
  type Value,
} from "./values.ts";

/** What an expression may look at. */
export interface Scope {
  readonly row: Row;
  readonly now: Date;
  /** The values of `let` statements. */
  readonly lets: ReadonlyMap<string, Value>;
  readonly tables: ReadonlyMap<string, Table>;
}

type Evaluate = (syntax: Syntax, scope: Scope) => Value;

const part = ({ parts, kind }: Syntax, name: string): Syntax => {
  const found = parts[name];
  if (found === undefined) throw new Error(`a ${kind} without ${name}`);
  return found;
};

/** The value of an expression for one row. What this does not know is an error. */
export function evaluate(syntax: Syntax, scope: Scope): Value {
  const how = HOW[syntax.kind];
  if (how === undefined) throw new Error(`this evaluates no ${syntax.kind}`);
  return how(syntax, scope);
}

const sides = (syntax: Syntax, scope: Scope): readonly [Value, Value] => [
  evaluate(part(syntax, "Left"), scope),
  evaluate(part(syntax, "Right"), scope),
];

/** Nothing is true of null but that it is null. */
const comparing =
  (holds: (order: number) => boolean): Evaluate =>
  (syntax, scope) => {
    const [left, right] = sides(syntax, scope);
    return orderOf(left) !== null && orderOf(right) !== null && holds(compare(left, right));
  };

const onText =
  (holds: (text: string, sought: string) => boolean): Evaluate =>
  (syntax, scope) => {
    const [left, right] = sides(syntax, scope);
    return holds(textFrom(left).toLowerCase(), textFrom(right).toLowerCase());
  };

/** Whole terms, which are runs of letters and digits. */
const has = (text: string, sought: string): boolean => {
  const literal = sought.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![a-z0-9])${literal}(?![a-z0-9])`).test(text);
};

const arithmetic =
  (work: (left: number, right: number) => number): Evaluate =>
  (syntax, scope) => {
    const [left, right] = sides(syntax, scope);
    const [a, b] = [numberFrom(left), numberFrom(right)];
    if (a === null || b === null) return null;
    const result = work(a, b);
    const isTime = left instanceof Date && right instanceof Date;
    return isTime ? new Timespan(result) : result;
  };

function isIn(syntax: Syntax, scope: Scope): boolean {
  const sought = evaluate(part(syntax, "Left"), scope);
  const listed = part(part(syntax, "Right"), "Expressions").items;
  return listed.some((item) => {
    const table = item.kind === "NameReference" ? scope.tables.get(nameOf(item)) : undefined;
    if (table === undefined) return compare(sought, evaluate(item, scope)) === 0;
    return table.some((row) => compare(sought, Object.values(row)[0] ?? null) === 0);
  });
}

function member(of: Value, name: string | number): Value {
  if (typeof of !== "object" || of === null || of instanceof Date) return null;
  return (of as Readonly<Record<string, Value>>)[name] ?? null;
}

function named(syntax: Syntax, { row, lets }: Scope): Value {
  const name = nameOf(syntax);
  const value = name in row ? row[name] : lets.get(name);
  if (value === undefined) throw new Error(`nothing is called "${name}"`);
  return value;
}

function called(syntax: Syntax, scope: Scope): Value {
  const name = nameOf(part(syntax, "Name"));
  const work = FUNCTIONS[name];
  if (work === undefined) throw new Error(`this knows no function "${name}"`);
  const { Expressions } = part(syntax, "ArgumentList").parts;
  const args = (Expressions?.items ?? []).filter(({ kind }) => kind !== "StarExpression");
  return work(
    args.map((argument) => evaluate(argument, scope)),
    scope,
  );
}

const HOW: Readonly<Record<string, Evaluate>> = {
  StringLiteralExpression: textOf,
  LongLiteralExpression: (syntax) => Number(nameOf(syntax)),
  IntLiteralExpression: (syntax) => Number(nameOf(syntax)),
  RealLiteralExpression: (syntax) =>
    nameOf(syntax) === "real(null)" ? null : Number(nameOf(syntax)),
  BooleanLiteralExpression: (syntax) => nameOf(syntax) === "true",
  TimespanLiteralExpression: (syntax) => timespan(nameOf(syntax)),
  NameReference: named,
  FunctionCallExpression: called,
  ParenthesizedExpression: (syntax, scope) => evaluate(part(syntax, "Expression"), scope),
  PathExpression: (syntax, scope) =>
    member(evaluate(part(syntax, "Expression"), scope), nameOf(part(syntax, "Selector"))),
  ElementExpression: (syntax, scope) => {
    const key = evaluate(part(part(syntax, "Selector"), "Expression"), scope);
    return member(evaluate(part(syntax, "Expression"), scope), key as string | number);
  },
  AndExpression: (syntax, scope) => sides(syntax, scope).every((side) => side === true),
  OrExpression: (syntax, scope) => sides(syntax, scope).some((side) => side === true),
  EqualExpression: comparing((order) => order === 0),
  NotEqualExpression: comparing((order) => order !== 0),
  LessThanExpression: comparing((order) => order < 0),
  LessThanOrEqualExpression: comparing((order) => order <= 0),
  GreaterThanExpression: comparing((order) => order > 0),
  GreaterThanOrEqualExpression: comparing((order) => order >= 0),
  InExpression: isIn,
  NotInExpression: (syntax, scope) => !isIn(syntax, scope),
  HasExpression: onText(has),
  StartsWithExpression: onText((text, sought) => text.startsWith(sought)),
  AddExpression: arithmetic((left, right) => left + right),
  SubtractExpression: arithmetic((left, right) => left - right),
  MultiplyExpression: arithmetic((left, right) => left * right),
  DivideExpression: arithmetic((left, right) => left / right),
};
