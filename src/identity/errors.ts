import { DomainError } from "../domain/errors.ts";

/** What Entra and the managed identity's endpoint say, and what it means here. The first that fits. */
const REFUSALS: readonly (readonly [said: RegExp, reason: string, action: string])[] = [
  [
    /no user assigned or delegated managed identity found|identity not found|no managed identity/i,
    "this app has no such managed identity",
    "Assign the user-assigned identity to the function app, and set `AZURE_CLIENT_ID` to its client id.",
  ],
  [
    /AADSTS700016|AADSTS500011/,
    "Entra does not know the application in this tenant",
    "Check that `AZURE_CLIENT_ID` and `AZURE_TENANT_ID` belong to the tenant of the cluster's subscription.",
  ],
  [
    /AADSTS7000222|AADSTS7000215|AADSTS700027/,
    "the client secret or certificate is wrong or has expired",
    "Give the app a managed identity, or renew the secret of its app registration.",
  ],
  [
    /AADSTS53003|AADSTS53000|AADSTS50076|AADSTS50079/,
    "a Conditional Access policy of the tenant forbids it",
    "Exclude the app's identity from the policy, or meet what the policy asks for.",
  ],
  [
    /az login|AADSTS70043|AADSTS700082|AADSTS50173/,
    "nobody is signed in on this machine, or the sign-in has expired",
    "Run `az login`; in Azure, assign the function app a managed identity.",
  ],
  [
    /429|too many requests|throttl/i,
    "there were too many requests for tokens",
    "Wait, as it is tried again.",
  ],
];

const NO_IDENTITY =
  "In Azure, assign the function app a managed identity and set `AZURE_CLIENT_ID`; on your machine, run `az login`.";
const CHECK_ENDPOINT =
  "Wait, as it is tried again; if it goes on, look at the function app's identity in the portal.";

/** Whatever signing in rejected with, as ours: of its texts only Entra's numbers are kept, never a token or a header. */
export function signInError(error: unknown, scope: string): DomainError {
  if (error instanceof DomainError) return error;
  const said = textsOf(error).join("\n");
  const refusal = REFUSALS.find(([pattern]) => pattern.test(said));
  const number = /AADSTS\d+/.exec(said)?.[0];
  const suffix = number === undefined ? "" : ` (${number})`;
  if (refusal !== undefined) {
    const [, reason, action] = refusal;
    return refuse(scope, `${reason}${suffix}`, action);
  }
  if (/network|ECONN|ENOTFOUND|EAI_AGAIN|fetch failed|socket/i.test(said))
    return refuse(scope, "the endpoint that gives tokens does not answer", CHECK_ENDPOINT);
  if (number !== undefined) return refuse(scope, `Entra refuses it${suffix}`, CHECK_ENDPOINT);
  return refuse(scope, "no identity of Azure is at hand", NO_IDENTITY);
}

export function signInTimedOut(scope: string, ms: number): DomainError {
  return refuse(scope, `no token came within ${ms / 1_000} s`, CHECK_ENDPOINT);
}

function refuse(scope: string, reason: string, action: string): DomainError {
  const resource = scope.replace(/\/\.default$/, "");
  return new DomainError("sign-in-failed", `cannot sign in to ${resource}: ${reason}`, {
    details: { action },
  });
}

/** Of the error, its causes and, where several ways were tried, each of theirs. */
function textsOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 4) return [];
  const many: unknown = Reflect.get(error, "errors");
  const code: unknown = Reflect.get(error, "code");
  return [
    error.message,
    ...(typeof code === "string" ? [code] : []),
    ...textsOf(error.cause, depth + 1),
    ...(Array.isArray(many) ? many.flatMap((one) => textsOf(one, depth + 1)) : []),
  ];
}
