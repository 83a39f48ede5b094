import { fixturesIn, type Fixture } from "./fixture.ts";

const TABLES = [
  { folder: "lint", who: "the linter" },
  { folder: "type", who: "the compiler" },
  { folder: "start", who: "the layer" },
  { folder: "run", who: "the layer" },
] as const;

/** A page with the tables of all fixtures, each between two marks of its own, made anew. */
export function withTables(page: string): string {
  return TABLES.reduce((text, { folder, who }) => {
    const [begin, end] = [`<!-- fixtures of ${folder} -->`, `<!-- end of ${folder} -->`];
    const [before, rest] = text.split(begin);
    const after = rest?.split(end)[1];
    if (before === undefined || after === undefined) {
      throw new Error(`the page lacks the marks "${begin}" and "${end}"`);
    }
    return `${before}${begin}\n\n${table(fixturesIn(folder), who)}\n\n${end}${after}`;
  }, page);
}

function table(fixtures: readonly Fixture[], who: string): string {
  const rows = fixtures.map(
    ({ rule, wrong, right, says }) =>
      `| ${rule} | ${inCell(wrong)} | ${inCell(right)} | ${inCell(says)} |`,
  );
  return [`| Rule | Wrong | Right | What ${who} says |`, "|---|---|---|---|", ...rows].join("\n");
}

function inCell(code: string): string {
  const escaped = code.replaceAll("|", "\\|");
  return escaped.includes("`") ? `\`\` ${escaped} \`\`` : `\`${escaped}\``;
}
