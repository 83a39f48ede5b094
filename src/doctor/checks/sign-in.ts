import { failureOf, ok, skipped, together, type Check, type Outcome } from "../check.ts";
import type { Deps } from "../deps.ts";
import { accountIn } from "../backends.ts";

const AKS = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";
const DATABASE = "https://ossrdbms-aad.database.windows.net/.default";
export const STORAGE = "https://storage.azure.com/.default";

export const signIn: Check = {
  name: "sign-in",
  about: "the app's identity gets tokens of Entra",
  async run(deps) {
    const scopes = scopesOf(deps);
    if (scopes.length === 0) return skipped("nothing here is signed in to with Entra");
    return together(await Promise.all(scopes.map((scope) => token(deps, scope))));
  },
};

function scopesOf({ config, clusterWay, env }: Deps): (readonly [what: string, scope: string])[] {
  const { aks, database } = config;
  return [
    ...(clusterWay === "aks" && aks !== undefined
      ? ([
          ["Azure's resource manager", `${new URL(aks.resourceManagerUrl).origin}/.default`],
          ["AKS", AKS],
        ] as const)
      : []),
    ...("host" in database ? ([["PostgreSQL", DATABASE]] as const) : []),
    ...(accountIn(env) === undefined ? [] : ([["Azure Storage", STORAGE]] as const)),
  ];
}

async function token(
  { identity }: Deps,
  [what, scope]: readonly [string, string],
): Promise<Outcome> {
  try {
    await identity.accessToken(scope);
    return ok(`a token for ${what}`);
  } catch (error) {
    return failureOf(error);
  }
}
