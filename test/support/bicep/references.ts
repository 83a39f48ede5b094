import type { Node } from "./parser.ts";
import type { Template } from "./template.ts";

/** The functions that the templates use: another one is looked up, tried with the compiler, and added. */
const FUNCTIONS = new Set(
  `cidrSubnet concat empty endsWith environment guid items join length loadJsonContent loadTextContent max replace
  resourceGroup resourceId string subscription subscriptionResourceId take tenant toLower union uniqueString
  contains format first last split range map filter json`.split(/\s+/),
);

/** Names that nothing declares, calls of unknown functions, and outputs that a module does not have. */
export function unknownNames(
  template: Template,
  outputsOf: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const { parameters, variables, resources, modules } = template;
  const declared = new Set(
    [parameters, variables, resources, modules].flatMap((of) => [...of.keys()]),
  );
  const found: string[] = [];
  const complain = (node: Node, what: string): void => {
    found.push(`line ${node.startPosition.row + 1}: ${what}`);
  };

  const visit = (node: Node, bound: ReadonlySet<string>): void => {
    if (node.type === "decorators" || node.type.endsWith("comment")) return;
    const inside = new Set([...bound, ...boundBy(node)]);
    if (node.type === "identifier" && isUse(node)) {
      if (isCalled(node)) {
        if (!FUNCTIONS.has(node.text)) complain(node, `function "${node.text}" is not known`);
      } else if (!declared.has(node.text) && !inside.has(node.text)) {
        complain(node, `"${node.text}" is declared nowhere`);
      }
    }
    const missing = missingOutput(node, modules, outputsOf);
    if (missing !== undefined) complain(node, missing);
    for (const child of node.namedChildren) visit(child, inside);
  };
  visit(template.root, new Set());
  return found;
}

/** Loop variables and parameters of lambdas; `for (item, index) in …` has two of its own kind. */
function boundBy(node: Node): string[] {
  if (node.type === "for_statement") {
    const [first] = node.namedChildren;
    return first === undefined ? [] : first.text.replace(/[()]/g, "").split(/\s*,\s*/);
  }
  if (node.type === "lambda_expression") return [node.namedChildren[0]?.text ?? ""];
  return [];
}

const isCalled = (node: Node): boolean =>
  node.parent?.type === "call_expression" && node.parent.namedChildren[0]?.id === node.id;

/** Not what is declared, the key of a property, a type, or a loop's own variable. */
function isUse(node: Node): boolean {
  const { parent } = node;
  if (parent === null || parent.type === "type") return false;
  const isFirst = parent.namedChildren[0]?.id === node.id;
  const names = /_declaration$|^(object_property|for_statement|lambda_expression|loop_)/;
  return !(isFirst && names.test(parent.type));
}

/** `NAME.outputs.OUTPUT`, with or without `!` after the name. */
function missingOutput(
  node: Node,
  modules: Template["modules"],
  outputsOf: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const found =
    node.type === "member_expression" ? /^(\w+)!?\.outputs\.(\w+)$/.exec(node.text) : null;
  const [, name = "", output = ""] = found ?? [];
  const called = modules.get(name);
  const outputs = called === undefined ? undefined : outputsOf.get(called.path);
  if (outputs === undefined || outputs.includes(output)) return undefined;
  return `module "${name}" has no output "${output}"`;
}
