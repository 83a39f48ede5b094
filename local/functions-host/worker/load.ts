import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { Refusal } from "../../processes/refusal.ts";
import { messageOf, stackOf } from "../logs/failure.ts";

const PackageJson = z.object({ main: z.string().optional(), type: z.string().optional() });

/** Loads every file that `main` of the app's package.json names (a glob is allowed), as the real worker does. */
export async function loadEntryPoints(appDirectory: string): Promise<readonly string[]> {
  const { main, type } = readPackageJson(appDirectory);
  if (main === undefined) {
    throw new Refusal(`package.json in ${appDirectory} has no "main": name the app's entry point`);
  }
  const files = globSync(main, { cwd: appDirectory }).sort();
  if (files.length === 0) {
    throw new Refusal(
      `Found zero files matching the "main" of package.json, "${main}", in ${appDirectory}: build the app first`,
    );
  }
  for (const file of files) await loadOne(join(appDirectory, file), file, type === "module");
  return files;
}

function readPackageJson(appDirectory: string): z.infer<typeof PackageJson> {
  const path = join(appDirectory, "package.json");
  try {
    return PackageJson.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new Refusal(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function loadOne(path: string, shown: string, isModule: boolean): Promise<void> {
  const extension = extname(path);
  try {
    if (extension === ".mjs" || (isModule && extension !== ".cjs")) {
      await import(pathToFileURL(path).href);
    } else {
      createRequire(path)(path);
    }
  } catch (error) {
    throw new Refusal(
      `Worker was unable to load entry point "${shown}": ${messageOf(error)}\n${stackOf(error)}`,
      { cause: error },
    );
  }
}
