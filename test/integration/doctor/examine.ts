import { z } from "zod";
import { AZURE, type Places } from "../../../src/doctor/deps.ts";
import { doctor } from "../../../src/doctor/doctor.ts";

const Results = z.array(
  z.object({
    name: z.string(),
    status: z.enum(["ok", "warning", "failed", "skipped"]),
    found: z.string(),
    fix: z.string().optional(),
  }),
);

export type Seen = Omit<z.infer<typeof Results>[number], "name">;

export interface Examination {
  readonly code: number;
  /** All that was printed. */
  readonly text: string;
  readonly of: (name: string) => Seen;
}

export interface Examined {
  readonly args?: readonly string[];
  readonly places?: Partial<Places>;
  readonly signal?: AbortSignal;
}

/** A database that nobody answers at, for runs that are about something else. */
export const NO_DATABASE = "postgres://toygres:canary-of-the-url@127.0.0.1:1/toygres";

/** The doctor in this process, by its front door, with nothing of this machine's environment. */
export async function examine(
  env: Readonly<Record<string, string>>,
  { args = [], places, signal = new AbortController().signal }: Examined = {},
): Promise<Examination> {
  const lines: string[] = [];
  const code = await doctor({
    args: ["--json", ...args],
    env: { DATABASE_URL: NO_DATABASE, ...env },
    signal,
    print: (line) => void lines.push(line),
    places: { ...AZURE, serviceAccountFolder: "no-pod", ...places },
  });
  const text = lines.join("\n");
  const results = new Map(Results.parse(JSON.parse(text)).map(({ name, ...seen }) => [name, seen]));
  return {
    code,
    text,
    of(name) {
      const seen = results.get(name);
      if (seen === undefined) throw new Error(`no check is called "${name}"`);
      return seen;
    },
  };
}
