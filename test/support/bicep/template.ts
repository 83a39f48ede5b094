import { readFile } from "node:fs/promises";
import { evaluate, type Value } from "./evaluate.ts";
import { parseBicep, type Node } from "./parser.ts";

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly hasDefault: boolean;
  readonly default: Node | undefined;
  /** By name: `allowed`, `minLength`, … with their first argument. */
  readonly decorators: Readonly<Record<string, Value>>;
}

/** `module NAME 'PATH' = { params: … }` */
export interface ModuleCall {
  readonly name: string;
  /** As written: relative to the file that calls. */
  readonly path: string;
  readonly given: readonly string[];
}

/** One .bicep file, as far as tests ask. */
export interface Template {
  readonly root: Node;
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Each variable's expression. */
  readonly variables: ReadonlyMap<string, Node>;
  readonly resources: ReadonlyMap<string, Node>;
  readonly modules: ReadonlyMap<string, ModuleCall>;
  readonly outputs: readonly string[];
}

export async function readTemplate(path: string): Promise<Template> {
  return templateOf(await parseBicep(await readFile(path, "utf8")));
}

export function templateOf(root: Node): Template {
  const declared = (type: string): [string, Node][] =>
    root.namedChildren
      .filter((node) => node.type === `${type}_declaration`)
      .map((node) => [node.namedChildren[0]?.text ?? "", node]);
  return {
    root,
    parameters: new Map(
      declared("parameter").map(([name, node]) => [name, parameterOf(name, node)]),
    ),
    variables: new Map(declared("variable").map(([name, node]) => [name, last(node)])),
    resources: new Map(declared("resource")),
    modules: new Map(declared("module").map(([name, node]) => [name, moduleOf(name, node)])),
    outputs: declared("output").map(([name]) => name),
  };
}

function parameterOf(name: string, node: Node): Parameter {
  const [, type, value] = node.namedChildren;
  const above = node.previousNamedSibling;
  const decorators = above?.type === "decorators" ? above.descendantsOfType("decorator") : [];
  return {
    name,
    type: type?.text ?? "",
    hasDefault: value !== undefined,
    default: value,
    decorators: Object.fromEntries(decorators.map(decoratorOf)),
  };
}

function decoratorOf(node: Node): [string, Value] {
  const [call] = node.namedChildren;
  const [name, list] = call?.namedChildren ?? [];
  const argument = list?.namedChildren[0];
  return [name?.text ?? "", argument === undefined ? null : evaluate(argument)];
}

function moduleOf(name: string, node: Node): ModuleCall {
  const path = node.namedChildren[1];
  const body = node.descendantsOfType("object")[0];
  const params = body === undefined ? undefined : propertyOf(body, "params");
  return {
    name,
    path: path?.text.slice(1, -1) ?? "",
    given: params === undefined ? [] : keysOf(params),
  };
}

/** The names of an object's own properties. */
export function keysOf(object: Node): string[] {
  return object.namedChildren
    .filter(({ type }) => type === "object_property")
    .map((property) => property.namedChildren[0]?.text.replace(/^'|'$/g, "") ?? "");
}

export function propertyOf(object: Node, name: string): Node | undefined {
  const property = object.namedChildren.find(
    (one) => one.type === "object_property" && one.namedChildren[0]?.text === name,
  );
  return property === undefined ? undefined : last(property);
}

function last(node: Node): Node {
  const found = node.namedChildren.findLast(({ type }) => !type.endsWith("comment"));
  if (found === undefined)
    throw new Error(`line ${node.startPosition.row + 1}: nothing is declared`);
  return found;
}
