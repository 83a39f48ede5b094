import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Refusal } from "../processes/refusal.ts";
import { messageOf } from "./logs/failure.ts";

const LocalSettings = z.object({
  IsEncrypted: z.boolean().optional(),
  Values: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .default({}),
});

/** Copies `Values` of the app's local.settings.json into the environment; what is there already wins. */
export function applyLocalSettings(
  appDirectory: string,
  environment: NodeJS.ProcessEnv,
  warn: (text: string) => void,
): void {
  const path = join(appDirectory, "local.settings.json");
  if (!existsSync(path)) return;
  const settings = parse(path);
  if (settings.IsEncrypted === true) {
    throw new Refusal(`${path} is encrypted: run "func settings decrypt" first`);
  }
  for (const [name, value] of Object.entries(settings.Values)) {
    if (value === null) continue;
    if (environment[name] !== undefined) {
      warn(`Skipping '${name}' from local settings as it's already defined in the environment.`);
      continue;
    }
    environment[name] = String(value);
  }
}

function parse(path: string): z.infer<typeof LocalSettings> {
  try {
    return LocalSettings.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new Refusal(`${path} is not valid local settings: ${messageOf(error)}`, { cause: error });
  }
}
