import { z } from "zod";

const HostJson = z.object({
  extensions: z
    .object({ durableTask: z.object({ defaultVersion: z.string().optional() }).optional() })
    .optional(),
});

/** By which an app setting overrides the host's own file. */
const SETTING = "AzureFunctionsJobHost__extensions__durableTask__defaultVersion";

/**
 * The version on which the host begins new instances: an app setting's if there is one, else host.json's. Throws a
 * sentence when the text is no host.json.
 */
export function defaultVersionOf(
  hostJson: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const set = env[SETTING]?.trim();
  if (set !== undefined && set !== "") return set;
  try {
    return HostJson.parse(JSON.parse(hostJson)).extensions?.durableTask?.defaultVersion;
  } catch (error) {
    throw new Error(
      "host.json is not valid: extensions.durableTask.defaultVersion cannot be read from it",
      { cause: error },
    );
  }
}
