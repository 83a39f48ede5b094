import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { readRequest, type FaultRequest } from "../cluster/faults/request.ts";
import { ApiStatusError } from "../cluster/store/status-error.ts";
import { Refusal } from "../processes/refusal.ts";

export type FaultCommand = { readonly data: string } & (
  | { readonly does: "list" }
  /** All, or the one of this id. */
  | { readonly does: "clear"; readonly id: string | undefined }
  | { readonly does: "ask"; readonly request: FaultRequest }
);

/** The options and the fields of a request that they stand for. */
const FIELDS = {
  instance: "instance",
  for: "forSeconds",
  times: "times",
  because: "because",
  lacks: "lacks",
  delay: "delaySeconds",
  "retry-after": "retryAfterSeconds",
  verb: "verb",
  kind: "kind",
  name: "name",
} as const;
type Option = keyof typeof FIELDS;

const NUMBERS: ReadonlySet<string> = new Set(["for", "times", "delay", "retry-after"]);

export const optionOf = (field: string): string => {
  const found = Object.entries(FIELDS).find(([, name]) => name === field)?.[0];
  return `--${found ?? field}`;
};

export const USAGE = `npm run fault -- FAULT [--instance NAME] [--for SECONDS | --times N] [options]
npm run fault -- list
npm run fault -- clear [ID]`;

/** Reads the arguments of `npm run fault`. */
export function readCommand(args: readonly string[]): FaultCommand {
  const { values, positionals } = parsed(args);
  const { data: folder = ".toygres", ...given } = values;
  const data = resolve(folder);
  const [word, id, ...more] = positionals;
  const isAlone = Object.keys(given).length === 0;
  if (word === "list" && isAlone && id === undefined) return { data, does: "list" };
  if (word === "clear" && isAlone && more.length === 0) return { data, does: "clear", id };
  if (word === undefined || word === "list" || word === "clear" || id !== undefined)
    throw new Refusal(`this is no command:\n${USAGE}`);
  const fields = Object.entries(given).map(([option, text]): [string, unknown] => [
    FIELDS[option as Option],
    NUMBERS.has(option) ? Number(text) : text,
  ]);
  return { data, does: "ask", request: asked(Object.fromEntries([["fault", word], ...fields])) };
}

function parsed(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        data: text,
        ...(Object.fromEntries(Object.keys(FIELDS).map((name) => [name, text])) as Record<
          Option,
          typeof text
        >),
      },
    });
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : "bad arguments"}\n${USAGE}`);
  }
}

function asked(request: unknown): FaultRequest {
  try {
    return readRequest(request, optionOf);
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error;
    throw new Refusal(error.message);
  }
}
