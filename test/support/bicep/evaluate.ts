import type { Node } from "./parser.ts";

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** What names stand for while an expression is evaluated. */
export type Scope = Readonly<Record<string, Value>>;

type Call = (...args: Value[]) => Value;

const text = (value: Value | undefined): string => {
  if (typeof value !== "string")
    throw new Error(`a string is expected, not ${JSON.stringify(value)}`);
  return value;
};

/** As it stands in a string: not an object or a list. */
const plain = (value: Value | undefined): string => {
  if (typeof value === "object" || value === undefined)
    throw new Error(`a string, number or boolean is expected, not ${JSON.stringify(value)}`);
  return String(value);
};

/** Every hash is 13 characters of Azure's alphabet: the length is what matters, never the value. */
const HASH = "z2345abcdefgh";
const GUID = "11111111-2222-3333-4444-555555555555";

const FUNCTIONS: Readonly<Record<string, Call>> = {
  take: (of, count) => text(of).slice(0, Number(count)),
  replace: (of, from, to) => text(of).replaceAll(text(from), text(to)),
  toLower: (of) => text(of).toLowerCase(),
  uniqueString: () => HASH,
  resourceGroup: () => ({ id: `/subscriptions/${GUID}/resourceGroups/g`, name: "g" }),
  subscription: () => ({ subscriptionId: GUID }),
  concat: (...lists) => lists.flat(),
  join: (list, by) => (list as Value[]).map(plain).join(text(by)),
  string: (of) => plain(of),
  length: (of) => (of as string | Value[]).length,
  empty: (of) => Object.keys(of ?? {}).length === 0,
  endsWith: (of, end) => text(of).endsWith(text(end)),
};

const EVALUATORS: Readonly<Record<string, (node: Node, scope: Scope) => Value>> = {
  string: (node, scope) => node.namedChildren.map((part) => plain(evaluate(part, scope))).join(""),
  string_content: (node) => node.text,
  escape_sequence: (node) => node.text.slice(1),
  interpolation: (node, scope) => evaluate(only(node), scope),
  number: (node) => Number(node.text),
  boolean: (node) => node.text === "true",
  null: () => null,
  array: (node, scope) => items(node).map((item) => evaluate(item, scope)),
  object: (node, scope) =>
    Object.fromEntries(
      items(node).map((property): [string, Value] => {
        const [key, value] = property.namedChildren;
        if (key === undefined || value === undefined) throw unknown(property);
        return [keyOf(key, scope), evaluate(value, scope)];
      }),
    ),
  identifier: (node, scope) => {
    const value = scope[node.text];
    if (value === undefined) throw new Error(`"${node.text}" has no value here`);
    return value;
  },
  member_expression: (node, scope) => {
    const [of, property] = node.namedChildren;
    if (of === undefined || property === undefined) throw unknown(node);
    const value = (evaluate(of, scope) as Record<string, Value>)[property.text];
    if (value === undefined) throw new Error(`"${node.text}" has no value here`);
    return value;
  },
  unary_expression: (node, scope) => {
    if (!node.text.startsWith("!")) throw unknown(node);
    return evaluate(only(node), scope) !== true;
  },
  binary_expression: (node, scope) => {
    const [left, right] = node.namedChildren;
    if (left === undefined || right === undefined || node.children[1]?.text !== "-")
      throw unknown(node);
    return Number(evaluate(left, scope)) - Number(evaluate(right, scope));
  },
  ternary_expression: (node, scope) => {
    const [condition, yes, no] = node.namedChildren;
    if (condition === undefined || yes === undefined || no === undefined) throw unknown(node);
    return evaluate(evaluate(condition, scope) === true ? yes : no, scope);
  },
  call_expression: (node, scope) => {
    const [name, list] = node.namedChildren;
    const call = FUNCTIONS[name?.text ?? ""];
    if (call === undefined || list === undefined) throw unknown(node);
    return call(...list.namedChildren.map((argument) => evaluate(argument, scope)));
  },
};

/** The value of an expression of the kinds that names and parameters are made of. Throws for any other kind. */
export function evaluate(node: Node, scope: Scope = {}): Value {
  const evaluator = EVALUATORS[node.type];
  if (evaluator === undefined) throw unknown(node);
  return evaluator(node, scope);
}

const keyOf = (key: Node, scope: Scope): string =>
  key.type === "string" ? text(evaluate(key, scope)) : key.text;

const items = (node: Node): Node[] =>
  node.namedChildren.filter(({ type }) => !type.endsWith("comment"));

function only(node: Node): Node {
  const [first, ...others] = node.namedChildren;
  if (first === undefined || others.length > 0) throw unknown(node);
  return first;
}

const unknown = (node: Node): Error =>
  new Error(`line ${node.startPosition.row + 1}: cannot evaluate ${node.type} "${node.text}"`);
