import { evaluate, type Scope } from "./expressions.ts";
import { analyze, nameOf, type Syntax } from "./language.ts";
import { namedOf, summarize } from "./summarize.ts";
import { compare, type Row, type Table, type Value } from "./values.ts";

/**
 * Runs a query over rows in memory: the parser is Microsoft's, the meaning of each operator is ours, and only of those
 * that our queries use. It shows what a query finds in the lines that the app writes; what Azure makes of the same
 * query, only Azure shows.
 */
export function runQuery(query: string, tables: Readonly<Record<string, Table>>, now: Date): Table {
  const { syntax, problems } = analyze(query);
  if (problems.length > 0) throw new Error(problems.join("; "));
  const lets = new Map<string, Value>();
  const known = new Map(Object.entries(tables));
  let result: Table | undefined;
  for (const statement of syntax.parts["Statements"]?.items ?? []) {
    const expression = statement.parts["Expression"]!;
    const context = { lets, tables: known, now };
    if (statement.kind === "ExpressionStatement") result = tableOf(expression, context);
    else if (isTabular(expression, known))
      known.set(letName(statement), tableOf(expression, context));
    else lets.set(letName(statement), evaluate(expression, { ...context, row: {} }));
  }
  if (result === undefined) throw new Error("a query without a result");
  return result;
}

type Context = Omit<Scope, "row">;

const letName = ({ parts }: Syntax): string => nameOf(parts["Name"]!);

const isTabular = ({ kind, ...rest }: Syntax, known: ReadonlyMap<string, Table>): boolean =>
  kind === "PipeExpression" || (kind === "NameReference" && known.has(nameOf({ kind, ...rest })));

function tableOf(syntax: Syntax, context: Context): Table {
  if (syntax.kind === "NameReference") {
    const table = context.tables.get(nameOf(syntax));
    if (table === undefined) throw new Error(`no rows were given for "${nameOf(syntax)}"`);
    return table;
  }
  if (syntax.kind !== "PipeExpression") throw new Error(`this makes no table of a ${syntax.kind}`);
  const { Expression, Operator } = syntax.parts;
  return apply(Operator!, tableOf(Expression!, context), context);
}

function apply(operator: Syntax, table: Table, context: Context): Table {
  const scopeOf = (row: Row): Scope => ({ ...context, row });
  const { parts } = operator;
  const columns = (parts["Expressions"]?.items ?? []).map(namedOf);
  const cellsOf = (row: Row): Row =>
    Object.fromEntries(
      columns.map(({ name, expression }) => [name, evaluate(expression, scopeOf(row))]),
    );
  switch (operator.kind) {
    case "FilterOperator":
      return table.filter((row) => evaluate(parts["Condition"]!, scopeOf(row)) === true);
    case "ExtendOperator":
      return table.map((row) => ({ ...row, ...cellsOf(row) }));
    case "ProjectOperator":
      return table.map(cellsOf);
    case "SummarizeOperator":
      return summarize(operator, table, scopeOf);
    case "SortOperator":
      return sorted(table, parts["Expressions"]!.items, scopeOf);
    case "TopOperator": {
      const most = evaluate(parts["Expression"]!, scopeOf({})) as number;
      return sorted(table, [parts["ByExpression"]!], scopeOf).slice(0, most);
    }
    default:
      throw new Error(`this runs no ${operator.kind}`);
  }
}

function sorted(table: Table, by: readonly Syntax[], scopeOf: (row: Row) => Scope): Table {
  return [...table].sort((a, b) => {
    for (const { kind, parts, ...rest } of by) {
      const expression = parts["Expression"] ?? { kind, parts, ...rest };
      const isAscending = parts["Ordering"] !== undefined && nameOf(parts["Ordering"]) === "asc";
      const order = compare(evaluate(expression, scopeOf(a)), evaluate(expression, scopeOf(b)));
      if (order !== 0) return isAscending ? order : -order;
    }
    return 0;
  });
}
