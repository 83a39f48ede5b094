import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Instance } from "../../src/domain/instance.ts";
import type { Operation } from "../../src/domain/operation.ts";

const PAGE = join(import.meta.dirname, "..", "..", "docs", "cluster-faults.md");

/** The name and the digits that stand on the page for any instance's. */
const NAME = "orders";
const DIGITS = "1a2b3c4d";

/** The telling fields of `GET /operations/{id}`. */
export function tellingOf({ status, steps, error }: Operation): object {
  const present = steps.filter((step) => step.status === "running" && step.waitingFor);
  return {
    status,
    ...(present.length > 0 && {
      steps: present.map(({ name, waitingFor, action }) => ({
        name,
        status: "running",
        waitingFor,
        ...(action !== undefined && { action }),
      })),
    }),
    ...(error && { error }),
  };
}

/** The telling fields of `GET /instances/{id}`. */
export const healthOf = ({ state, healthStatus, healthMessage }: Instance): object => ({
  state,
  healthStatus,
  healthMessage,
});

/** As it stands on the page, where every instance is the same one. */
export function onPage<T>(seen: T, name: string): T {
  const text = JSON.stringify(seen)
    .replaceAll(new RegExp(`pg-${name}-[0-9a-f]{8}`, "g"), `pg-${NAME}-${DIGITS}`)
    .replaceAll(/127\.\d+\.\d+\.\d+/g, "127.77.128.1");
  return JSON.parse(text) as T;
}

export const commandOf = (args: readonly string[], name: string): string =>
  `npm run fault -- ${args.map((arg) => (arg === name ? NAME : arg)).join(" ")}`;

const EXAMPLE = /```sh\n(npm run fault -- .*)\n```\n([^`]*(?:`[^`\n]+`[^`]*)*)```json\n([^]*?)```/g;

/** What the page says is seen after each command. */
export async function pageExamples(): Promise<ReadonlyMap<string, unknown>> {
  const page = await readFile(PAGE, "utf8");
  return new Map(
    [...page.matchAll(EXAMPLE)].map(([, command = "", , json = ""]) => [
      command,
      JSON.parse(json) as unknown,
    ]),
  );
}

/** Puts what was seen into the page. */
export async function writeExamples(seen: ReadonlyMap<string, object>): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const next = page.replace(EXAMPLE, (all, command: string, between: string) => {
    const found = seen.get(command);
    if (found === undefined) return all;
    return `\`\`\`sh\n${command}\n\`\`\`\n${between}\`\`\`json\n${JSON.stringify(found, null, 2)}\n\`\`\``;
  });
  await writeFile(PAGE, next);
}
