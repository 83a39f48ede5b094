import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export type Environment = Readonly<Record<string, string | undefined>>;

const USAGE = "npm run doctor -- [--pull] [--url URL [--key-file FILE]] [--json]";

export interface DoctorOptions {
  /** Makes pods, to see whether images can be pulled. */
  readonly pull: boolean;
  readonly json: boolean;
  /** Where a running app is asked. */
  readonly url: URL | undefined;
  /** A function key of that app; a secret. */
  readonly key: string | undefined;
}

/** Thrown for arguments that make no sense; says what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export function optionsOf(args: readonly string[], env: Environment): DoctorOptions {
  const { pull, json, url, "key-file": keyFile } = parsed(args);
  const address = url ?? given(env["TOYGRES_URL"]);
  const key = keyFile === undefined ? given(env["TOYGRES_KEY"]) : keyIn(keyFile);
  return { pull, json, url: address === undefined ? undefined : urlOf(address), key };
}

function parsed(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        pull: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        url: { type: "string" },
        "key-file": { type: "string" },
      },
    });
    return values;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${why}\nUsage: ${USAGE}`);
  }
}

const given = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

function urlOf(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(
    `--url (or TOYGRES_URL) must be the app's address, such as https://my-app.azurewebsites.net\nUsage: ${USAGE}`,
  );
}

function keyIn(file: string): string {
  let key: string;
  try {
    key = readFileSync(file, "utf8").trim();
  } catch {
    throw new UsageError(`the file of --key-file cannot be read: does it exist?\nUsage: ${USAGE}`);
  }
  if (key === "") throw new UsageError("the file of --key-file is empty: write the key into it");
  return key;
}
