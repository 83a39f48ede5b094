import { readFileSync, readdirSync } from "node:fs";

const MONITORING = new URL("../../../infra/monitoring/", import.meta.url);

export interface Query {
  /** Without its ending: `operation-timeline`. */
  readonly name: string;
  readonly text: string;
  /** Its first line, without the slashes. */
  readonly answers: string;
}

export function queriesIn(folder: "alerts" | "queries"): readonly Query[] {
  return readdirSync(new URL(`${folder}/`, MONITORING))
    .filter((file) => file.endsWith(".kql"))
    .sort()
    .map((file) => {
      const text = readFileSync(new URL(`${folder}/${file}`, MONITORING), "utf8");
      const answers = /^\/\/ (.+)\n/.exec(text)?.[1] ?? "";
      return { name: file.replace(/\.kql$/, ""), text, answers };
    });
}

export function textOfQuery(folder: "alerts" | "queries", name: string): string {
  const found = queriesIn(folder).find((query) => query.name === name);
  if (found === undefined) throw new Error(`infra/monitoring/${folder} has no ${name}.kql`);
  return found.text;
}

export const workbookUrl = new URL("workbook.json", MONITORING);

export const moduleText = (name: "alerts" | "queries" | "workbook"): string =>
  readFileSync(new URL(`../modules/${name}.bicep`, MONITORING), "utf8");
