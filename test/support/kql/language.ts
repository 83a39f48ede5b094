import { runInThisContext } from "node:vm";

/** One element of a query's syntax tree, as Microsoft's parser names it: `PipeExpression`, `FunctionCallExpression`. */
export interface Syntax {
  readonly kind: string;
  /** Of a token; empty for what has parts. */
  readonly text: string;
  readonly parts: Readonly<Record<string, Syntax>>;
  /** Of a list, without its separators. */
  readonly items: readonly Syntax[];
}

export interface Analysis {
  readonly syntax: Syntax;
  /** What the service would refuse, each with the line that it is in. */
  readonly problems: readonly string[];
  /** Names of the columns of the result. */
  readonly columns: readonly string[];
}

/** What we use of the language service, whose own types are 1.7 MB of namespaces. */
interface Element {
  readonly Kind: number;
  readonly Text?: string;
  readonly ChildCount: number;
  GetChild(at: number): Element | null;
  GetName(at: number): string;
}

interface List<T> {
  readonly Count: number;
  getItem(at: number): T;
}

interface Code {
  readonly Syntax: Element;
  readonly ResultType: { readonly Columns?: List<{ readonly Name: string }> } | null;
  GetDiagnostics(): List<{ readonly Message: string; readonly Start: number }>;
}

type Globals = object;

interface Kusto {
  readonly KustoCode: { ParseAndAnalyze(text: string, globals: Globals): Code };
  readonly GlobalState: { readonly Default: { WithDatabase(database: object): Globals } };
  readonly Symbols: {
    readonly TableSymbol: {
      readonly $ctor7: new (name: string, schema: string, description: null) => object;
    };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, tables: object[]) => object };
  };
  readonly Syntax: { readonly SyntaxKind: Readonly<Record<string, unknown>> };
}

/**
 * The tables as Azure has them. Those of an Application Insights resource are asked of the resource, under their classic
 * names; the workspace has the same rows as AppTraces, and the cluster's audit log, if that is sent there.
 */
const TABLES = {
  traces: `(timestamp: datetime, message: string, severityLevel: int, itemType: string,
    customDimensions: dynamic, customMeasurements: dynamic, operation_Name: string, operation_Id: string,
    operation_ParentId: string, operation_SyntheticSource: string, session_Id: string, user_Id: string,
    user_AuthenticatedId: string, user_AccountId: string, application_Version: string, client_Type: string,
    client_Model: string, client_OS: string, client_IP: string, client_City: string,
    client_StateOrProvince: string, client_CountryOrRegion: string, client_Browser: string,
    cloud_RoleName: string, cloud_RoleInstance: string, appId: string, appName: string, iKey: string,
    sdkVersion: string, itemId: string, itemCount: int)`,
  AKSAudit: `(TimeGenerated: datetime, AuditId: string, Level: string, Stage: string, Verb: string,
    RequestUri: string, ObjectRef: dynamic, User: dynamic, UserAgent: string, SourceIps: dynamic,
    ResponseStatus: dynamic, RequestObject: dynamic, ResponseObject: dynamic,
    RequestReceivedTime: datetime, StageReceivedTime: datetime, Annotations: dynamic, PodName: string,
    SourceSystem: string, TenantId: string, Type: string, _ResourceId: string)`,
} as const;

interface Language {
  readonly kusto: Kusto;
  readonly globals: Globals;
  readonly kinds: ReadonlyMap<number, string>;
}

let loaded: Language | undefined;

/** The global object of the process, whatever sandbox asks. */
interface Outside {
  readonly process: NodeJS.Process;
  /** There once the language service is loaded. */
  readonly Kusto: { readonly Language: Kusto };
}

/**
 * The two scripts put themselves onto the global object, as in a browser. Inside of jest's sandbox each look at a global
 * costs so much that one query takes minutes, so they are loaded outside of it.
 */
function language(): Language {
  if (loaded !== undefined) return loaded;
  const outside = runInThisContext("globalThis") as Outside;
  const require = outside.process.getBuiltinModule("node:module").createRequire(import.meta.url);
  require("@kusto/language-service-next/bridge.min.js");
  require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
  const kusto = outside.Kusto.Language;
  const { DatabaseSymbol, TableSymbol } = kusto.Symbols;
  const tables = Object.entries(TABLES).map(
    ([name, schema]) => new TableSymbol.$ctor7(name, schema, null),
  );
  const globals = kusto.GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor("app", tables));
  const kinds = Object.entries(kusto.Syntax.SyntaxKind).flatMap(([name, value]) =>
    typeof value === "number" ? [[value, name] as const] : [],
  );
  loaded = { kusto, globals, kinds: new Map(kinds) };
  return loaded;
}

/** Parses a query and resolves its names, as the service would. */
export function analyze(query: string): Analysis {
  const { kusto, globals, kinds } = language();
  const code = kusto.KustoCode.ParseAndAnalyze(query, globals);
  return {
    syntax: treeOf(code.Syntax, kinds),
    problems: itemsOf(code.GetDiagnostics()).map(
      ({ Message, Start }) => `line ${query.slice(0, Start).split("\n").length}: ${Message}`,
    ),
    columns: itemsOf(code.ResultType?.Columns).map(({ Name }) => Name),
  };
}

function itemsOf<T>(list: List<T> | undefined): T[] {
  return Array.from({ length: list?.Count ?? 0 }, (_, at) => list!.getItem(at));
}

function treeOf(element: Element, kinds: Language["kinds"]): Syntax {
  const kind = kinds.get(element.Kind) ?? String(element.Kind);
  const parts: Record<string, Syntax> = {};
  const items: Syntax[] = [];
  for (let at = 0; at < element.ChildCount; at += 1) {
    const child = element.GetChild(at);
    if (child === null) continue;
    const name = element.GetName(at);
    const tree = treeOf(child, kinds);
    if (name !== "") parts[name] = tree;
    else if (!tree.kind.endsWith("Token"))
      items.push(tree.kind === "SeparatedElement" ? tree.items[0]! : tree);
  }
  return { kind, text: element.ChildCount === 0 ? (element.Text ?? "") : "", parts, items };
}

/** All elements of a tree, each before its parts. */
export function* walk(syntax: Syntax): Generator<Syntax> {
  yield syntax;
  for (const part of [...Object.values(syntax.parts), ...syntax.items]) yield* walk(part);
}

/** The name that a reference or a declaration says. */
export function nameOf(syntax: Syntax): string {
  const token = [...walk(syntax)].find(({ text }) => text !== "");
  return token?.text ?? "";
}

/** The text that a string literal stands for. */
export function textOf(literal: Syntax): string {
  const token = nameOf(literal);
  return token.slice(1, -1).replace(/\\(.)/g, "$1");
}
