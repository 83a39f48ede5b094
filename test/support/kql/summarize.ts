import { evaluate, type Scope } from "./expressions.ts";
import { nameOf, type Syntax } from "./language.ts";
import { compare, numberFrom, type Row, type Table, type Value } from "./values.ts";

/** The rows of one group, seen through an expression. */
interface Group {
  readonly rows: Table;
  /** The value of the n-th argument for each row. */
  of(at: number): readonly Value[];
}

const numbers = (values: readonly Value[]): number[] =>
  values.map(numberFrom).filter((number) => number !== null);

/** The nearest rank; the service's own is an estimate of the same. */
function percentile(values: readonly Value[], percent: number): Value {
  const sorted = numbers(values).sort((a, b) => a - b);
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.max(0, rank - 1)] ?? null;
}

const AGGREGATES: Readonly<Record<string, (group: Group) => Value>> = {
  count: ({ rows }) => rows.length,
  countif: (group) => group.of(0).filter((value) => value === true).length,
  sum: (group) => numbers(group.of(0)).reduce((total, number) => total + number, 0),
  max: (group) => [...group.of(0)].sort(compare).at(-1) ?? null,
  min: (group) => [...group.of(0)].sort(compare).at(0) ?? null,
  percentile: (group) => percentile(group.of(0), numberFrom(group.of(1)[0] ?? null) ?? 0),
};

interface Named {
  readonly name: string;
  readonly expression: Syntax;
}

/** A name and its expression; what has no name has that of what it refers to. */
export function namedOf(syntax: Syntax): Named {
  if (syntax.kind !== "SimpleNamedExpression") return { name: nameOf(syntax), expression: syntax };
  return { name: nameOf(syntax.parts["Name"]!), expression: syntax.parts["Expression"]! };
}

const argumentsOf = ({ parts }: Syntax): readonly Syntax[] =>
  parts["ArgumentList"]?.parts["Expressions"]?.items ?? [];

/** `summarize … by …`: a row for each group; without `by`, one row in any case. */
export function summarize(operator: Syntax, table: Table, scopeOf: (row: Row) => Scope): Table {
  const aggregates = (operator.parts["Aggregates"]?.items ?? []).map(namedOf);
  const keys = (operator.parts["ByClause"]?.parts["Expressions"]?.items ?? []).map(namedOf);
  const keysOf = (row: Row): Row =>
    Object.fromEntries(
      keys.map(({ name, expression }) => [name, evaluate(expression, scopeOf(row))]),
    );
  const groups = Map.groupBy(table, (row) => JSON.stringify(keysOf(row)));
  if (keys.length === 0 && groups.size === 0) groups.set("{}", []);
  return [...groups.values()].map((rows) => {
    const found = aggregates.map((one) => Object.entries(cells(one, rows, scopeOf)));
    return { ...(rows[0] && keysOf(rows[0])), ...Object.fromEntries(found.flat()) };
  });
}

function cells({ name, expression }: Named, rows: Table, scopeOf: (row: Row) => Scope): Row {
  if (expression.kind === "FunctionCallExpression" && nameOf(expression) === "arg_max")
    return newest(argumentsOf(expression), rows, scopeOf);
  return { [name]: overGroup(expression, rows, scopeOf) };
}

/** An aggregate, or arithmetic around one. */
function overGroup(expression: Syntax, rows: Table, scopeOf: (row: Row) => Scope): Value {
  const { Left, Right } = expression.parts;
  if (expression.kind === "DivideExpression" && Left && Right) {
    const upper = numberFrom(overGroup(Left, rows, scopeOf));
    const lower = numberFrom(evaluate(Right, scopeOf({})));
    return upper === null || lower === null ? null : upper / lower;
  }
  const aggregate = AGGREGATES[nameOf(expression)];
  if (aggregate === undefined) throw new Error(`this knows no aggregate "${nameOf(expression)}"`);
  const args = argumentsOf(expression);
  return aggregate({
    rows,
    of: (at) => rows.map((row) => evaluate(args[at]!, scopeOf(row))),
  });
}

function newest(args: readonly Syntax[], rows: Table, scopeOf: (row: Row) => Scope): Row {
  const [by, ...rest] = args;
  const last = [...rows]
    .sort((a, b) => compare(evaluate(by!, scopeOf(a)), evaluate(by!, scopeOf(b))))
    .at(-1);
  if (last === undefined) return {};
  return Object.fromEntries(
    [by!, ...rest].map((expression) => [nameOf(expression), evaluate(expression, scopeOf(last))]),
  );
}
