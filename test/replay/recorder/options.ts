import { parseArgs } from "node:util";

export const USAGE = `npm run replay:record -- [--overwrite]
  plays the scenarios of test/replay/recorder in a local environment of its own and records what is not recorded yet

npm run replay:record -- --url URL --id INSTANCE --case NAME [--version VERSION] [--key-env NAME] [--overwrite]
  records one instance of any host through its management webhook
  --version   the version on which the instance began, "none" for none (the newest of its orchestration)
  --key-env   the environment variable that holds the host's durabletask_extension key`;

/** What to record. */
export type RecordOptions = { readonly overwrite: boolean } & (
  | { readonly what: "scenarios" }
  | {
      readonly what: "instance";
      readonly url: string;
      readonly id: string;
      readonly case: string;
      /** Undefined: the newest; null: none. */
      readonly version: string | null | undefined;
      readonly key: string | undefined;
    }
);

export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): RecordOptions {
  const { url, id, version, overwrite, ...values } = parsed(args);
  if (url === undefined && id === undefined && values.case === undefined)
    return { what: "scenarios", overwrite };
  if (url === undefined || id === undefined || values.case === undefined || !URL.canParse(url))
    throw new Error(`--url with a URL, --id and --case belong together\n${USAGE}`);
  return {
    ...{ what: "instance", overwrite, url, id, case: values.case },
    version: version === "none" ? null : version,
    key: values["key-env"] === undefined ? undefined : keyIn(env, values["key-env"]),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: { type: "string" },
        id: { type: "string" },
        case: { type: "string" },
        version: { type: "string" },
        "key-env": { type: "string" },
        overwrite: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : "bad arguments"}\n${USAGE}`, {
      cause: error,
    });
  }
}

function keyIn(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const key = env[name];
  if (key === undefined || key === "")
    throw new Error(`--key-env: the environment variable "${name}" is empty`);
  return key;
}
