import { z } from "zod";

const HostJson = z.object({
  extensions: z
    .object({ durableTask: z.object({ defaultVersion: z.string().optional() }).optional() })
    .optional(),
});

/** By which an app setting overrides the host's own file; the host does not mind its case. */
const SETTING = "azurefunctionsjobhost__extensions__durabletask__defaultversion";

/**
 * The version on which the host begins new instances: an app setting's if there is one, else host.json's. Throws a
 * sentence when the text is no host.json.
 */
export function defaultVersionOf(
  hostJson: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const [, set = ""] = Object.entries(env).find(([name]) => name.toLowerCase() === SETTING) ?? [];
  if (set.trim() !== "") return set.trim();
  try {
    const parsed: unknown = JSON.parse(hostJson.replace(/^\uFEFF/, ""));
    return HostJson.parse(parsed).extensions?.durableTask?.defaultVersion;
  } catch (error) {
    throw new Error(
      "host.json is not valid JSON (comments are not allowed): extensions.durableTask.defaultVersion cannot be read from it",
      { cause: error },
    );
  }
}
