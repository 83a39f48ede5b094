import type { Environment } from "./options.ts";

const named = (env: Environment, name: string): string | undefined => {
  const text = env[name]?.trim();
  return text === "" ? undefined : text;
};

/** The account that the Functions host reaches with an identity, from `AzureWebJobsStorage__accountName`. */
export const accountIn = (env: Environment): string | undefined =>
  named(env, "AzureWebJobsStorage__accountName");

/** `Name=Value;…`; a value may have equals signs, as keys do. */
export function partsOf(connectionString: string): ReadonlyMap<string, string> {
  const parts = connectionString.split(";").filter((part) => part.includes("="));
  return new Map(
    parts.map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()];
    }),
  );
}

export type Backend =
  | { readonly kind: "scheduler"; readonly endpoint: string }
  | { readonly kind: "azurite" }
  | { readonly kind: "identity"; readonly account: string }
  | { readonly kind: "connection-string"; readonly parts: ReadonlyMap<string, string> };

const SETTING =
  "AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName";

/** All that the Functions host will need, by its own settings. */
export function backendsIn(env: Environment): readonly Backend[] {
  const backends: Backend[] = [];
  const scheduler = named(env, named(env, SETTING) ?? "DURABLE_TASK_SCHEDULER_CONNECTION_STRING");
  if (scheduler !== undefined)
    backends.push({ kind: "scheduler", endpoint: partsOf(scheduler).get("endpoint") ?? "" });
  const account = accountIn(env);
  const storage = named(env, "AzureWebJobsStorage");
  if (account !== undefined) backends.push({ kind: "identity", account });
  else if (storage !== undefined) {
    const parts = partsOf(storage);
    backends.push(
      parts.get("usedevelopmentstorage")?.toLowerCase() === "true"
        ? { kind: "azurite" }
        : { kind: "connection-string", parts },
    );
  }
  return backends;
}
