import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The Bicep compiler of this machine: the one that BICEP names, or `bicep` on the PATH; undefined when there is none. */
export async function findCompiler(
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const { BICEP, PATH = "" } = env;
  if (BICEP) return BICEP;
  for (const folder of PATH.split(delimiter).filter(Boolean)) {
    const file = join(folder, "bicep");
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

/** Everything that the compiler says about a file, one diagnostic a line; empty when it is content. */
export async function diagnosticsOf(compiler: string, file: string): Promise<string> {
  const build = file.endsWith(".bicepparam") ? "build-params" : "build";
  try {
    const { stderr } = await run(compiler, [build, "--stdout", file], {
      maxBuffer: 64 * 1024 * 1024,
      timeout: 120_000,
    });
    return stderr.trim();
  } catch (error) {
    const stderr = error instanceof Error ? Reflect.get(error, "stderr") : undefined;
    if (typeof stderr === "string" && stderr.trim() !== "") return stderr.trim();
    throw error;
  }
}
