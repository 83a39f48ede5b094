import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Code that breaks one rule in one line, and what it is told for it. */
export interface Fixture {
  /** Its path in this folder, as a test's title: `lint/clock`. */
  readonly title: string;
  readonly path: string;
  readonly kind: "lint" | "type" | "run";
  readonly rule: string;
  /** `…` stands for what varies, such as a path. */
  readonly says: string;
  /** What stands where the wrong line stands, so that nobody complains. */
  readonly right: string;
  readonly wrong: string;
  /** Of the wrong line, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** The same code, put right. */
  readonly repaired: string;
}

const Header = z.object({
  kind: z.enum(["lint", "type", "run"]),
  rule: z.string(),
  says: z.string(),
  right: z.string(),
});

const MARK = / *\/\/ wrong$/;

/** Of one folder, by their names. */
export function fixturesIn(folder: "lint" | "type" | "start" | "run"): readonly Fixture[] {
  const inside = join(import.meta.dirname, folder);
  return readdirSync(inside)
    .toSorted()
    .map((file) => {
      const title = `${folder}/${file.replace(/\.ts$/, "")}`;
      const path = join(inside, file);
      return toFixture(title, path, readFileSync(path, "utf8"));
    });
}

function toFixture(title: string, path: string, code: string): Fixture {
  const lines = code.split("\n");
  const header = lines.slice(0, 4).map((line) => /^\/\/ (\w+): (.+)$/.exec(line)?.slice(1) ?? []);
  const marked = lines.filter((line) => MARK.test(line));
  const [wrong] = marked;
  if (wrong === undefined || marked.length > 1)
    throw new Error(`${path} needs one line marked "// wrong"`);
  const facts = Header.parse(Object.fromEntries(header));
  return {
    ...facts,
    title,
    path,
    code,
    wrong: wrong.replace(MARK, "").trim(),
    line: lines.indexOf(wrong) + 1,
    repaired: lines.map((line) => (line === wrong ? facts.right : line)).join("\n"),
  };
}

/** Whether a text is, or with `…` begins, goes on and ends as, what a fixture says. */
export function matches(says: string, text: string): boolean {
  let from = 0;
  for (const part of says.split("…")) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}
