import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Language, Parser, type Node } from "web-tree-sitter";

export type { Node };

/** Where a text is not Bicep; lines and columns count from 1. */
export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

let loaded: Promise<Parser> | undefined;

/** Made once: the grammar is a WebAssembly module of 140 KB. */
async function bicepParser(): Promise<Parser> {
  loaded ??= (async () => {
    await Parser.init();
    const file = createRequire(import.meta.url).resolve("tree-sitter-bicep/tree-sitter-bicep.wasm");
    const parser = new Parser();
    parser.setLanguage(await Language.load(await readFile(file)));
    return parser;
  })();
  return loaded;
}

/** The tree of a .bicep text. It exists for a broken text, too: see `problemsOf`. */
export async function parseBicep(text: string): Promise<Node> {
  const tree = (await bicepParser()).parse(text);
  if (tree === null) throw new Error("the Bicep parser gave up without a tree");
  return tree.rootNode;
}

/**
 * The tree of a .bicepparam text. The grammar knows no `param NAME = VALUE` without a type, so each is parsed as
 * the variable that it looks like, at the same line and column.
 */
export async function parseBicepParameters(text: string): Promise<Node> {
  return parseBicep(text.replace(/^param /gm, "var   "));
}

/** All that is no Bicep: what the grammar says, and three rules of the language that it leaves out. */
export function problemsOf(root: Node): readonly SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  const visit = (node: Node): void => {
    const message = problemOf(node);
    if (message !== undefined) {
      const { row, column } = node.startPosition;
      problems.push({ line: row + 1, column: column + 1, message });
    }
    node.children.forEach(visit);
  };
  visit(root);
  return problems;
}

function problemOf(node: Node): string | undefined {
  if (node.isMissing) return `"${node.type}" is missing`;
  if (node.isError) return `not understood: ${JSON.stringify(node.text.slice(0, 60))}`;
  if (node.type === "parenthesized_expression" && node.namedChildCount !== 1)
    return "parentheses hold one expression";
  const before = node.previousNamedSibling;
  const isOnOneLine = before?.endPosition.row === node.startPosition.row;
  return before !== null && isOnOneLine ? crowding(before, node) : undefined;
}

/** What two neighbours on one line lack. */
function crowding(before: Node, node: Node): string | undefined {
  if (node.type.endsWith("_declaration")) return "a declaration begins on a line of its own";
  const isItem = node.isNamed && ["array", "object"].includes(node.parent?.type ?? "");
  return isItem && !between(before, node).includes(",")
    ? "items on one line need a comma"
    : undefined;
}

function between(first: Node, second: Node): string {
  const tokens: string[] = [];
  for (
    let node = first.nextSibling;
    node !== null && node.id !== second.id;
    node = node.nextSibling
  )
    tokens.push(node.text);
  return tokens.join("");
}
