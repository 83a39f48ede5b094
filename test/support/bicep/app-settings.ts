import type { Node } from "./parser.ts";
import { keysOf, propertyOf, type Template } from "./template.ts";

/**
 * The names of all settings that the function app is given: what `siteConfig.appSettings` of the app's module is
 * made of, followed through variables, `union`, both sides of conditions, and the module's parameters.
 */
export function appSettingNames(main: Template, app: Template): readonly string[] {
  const site = app.resources.get("app");
  const call = main.root
    .descendantsOfType("module_declaration")
    .find(({ namedChildren: [name] }) => name?.text === "app");
  if (site === undefined || call === undefined)
    throw new Error(
      'infra has no resource "app" in modules/app.bicep, or main.bicep does not call it',
    );
  const loop = propertyOf(objectIn(propertyIn(site, "siteConfig")), "appSettings");
  const source = loop?.descendantsOfType("call_expression").find(isCallOf("items"));
  if (source === undefined)
    throw new Error("siteConfig.appSettings of modules/app.bicep is no loop over items(…)");

  const given = propertyIn(call, "params");
  const namesIn = (node: Node, template: Template): string[] => {
    if (node.type === "object") return keysOf(node);
    if (node.type === "ternary_expression")
      return node.namedChildren.slice(1).flatMap((side) => namesIn(side, template));
    if (isCallOf("union")(node))
      return argumentsOf(node).flatMap((argument) => namesIn(argument, template));
    const variable = template.variables.get(node.text);
    if (variable !== undefined) return namesIn(variable, template);
    // What whoever deploys adds is not ours to know.
    const argument = template === app ? propertyOf(given, node.text) : undefined;
    return argument === undefined ? [] : namesIn(argument, main);
  };
  return argumentsOf(source).flatMap((argument) => namesIn(argument, app));
}

const argumentsOf = (call: Node): readonly Node[] => call.namedChildren[1]?.namedChildren ?? [];

const isCallOf =
  (name: string) =>
  (node: Node): boolean =>
    node.type === "call_expression" && node.namedChildren[0]?.text === name;

/** The first property of that name, however deep. */
function propertyIn(node: Node, name: string): Node {
  for (const object of node.descendantsOfType("object")) {
    const value = propertyOf(object, name);
    if (value !== undefined) return value;
  }
  throw new Error(`no property "${name}" in ${node.text.slice(0, 60)}…`);
}

function objectIn(node: Node): Node {
  const found = node.type === "object" ? node : node.descendantsOfType("object")[0];
  if (found === undefined) throw new Error(`no object in ${node.text.slice(0, 60)}…`);
  return found;
}
