import { DomainError } from "../domain/errors.ts";

interface Refusal {
  readonly said: RegExp;
  readonly reason: string;
  readonly action: string;
}

/** By Entra's number. */
const BY_NUMBER: readonly Refusal[] = [
  {
    said: /AADSTS700016|AADSTS500011/,
    reason: "Entra does not know the application in this tenant",
    action:
      "Check that `AZURE_CLIENT_ID` and `AZURE_TENANT_ID` belong to the tenant of the cluster's subscription.",
  },
  {
    said: /AADSTS7000222|AADSTS7000215|AADSTS700027/,
    reason: "the client secret or certificate is wrong or has expired",
    action: "Give the app a managed identity, or renew the secret of its app registration.",
  },
  {
    said: /AADSTS53003|AADSTS53000|AADSTS50076|AADSTS50079/,
    reason: "a Conditional Access policy of the tenant forbids it",
    action: "Exclude the app's identity from the policy, or meet what the policy asks for.",
  },
  {
    said: /AADSTS70043|AADSTS700082|AADSTS50173/,
    reason: "the sign-in on this machine has expired",
    action: "Run `az login`; in Azure, assign the function app a managed identity.",
  },
];

const MISSET: Refusal = {
  said: /AZURE_TOKEN_CREDENTIALS/,
  reason: "`AZURE_TOKEN_CREDENTIALS` names no way to sign in",
  action: "Set it to `prod` in a function app; on your machine remove it.",
};

const AGAIN =
  "Wait, as it is tried again; if it goes on, look at the function app's identity in the portal.";

/** By the words of the endpoint that gives tokens to a managed identity. */
const BY_WORDS: readonly Refusal[] = [
  {
    said: /no user assigned or delegated managed identity found|identity not found|no managed identity/i,
    reason: "this app has no such managed identity",
    action:
      "Assign the user-assigned identity to the function app, and set `AZURE_CLIENT_ID` to its client id.",
  },
  {
    said: /\b429\b|too many requests|throttl/i,
    reason: "there were too many requests for tokens",
    action: "Wait a minute, until Azure gives tokens again.",
  },
];

const UNREACHABLE: Refusal = {
  said: /network|ECONN|ENOTFOUND|EAI_AGAIN|fetch failed|socket/i,
  reason: "the endpoint that gives tokens does not answer",
  action: AGAIN,
};

const NOBODY: Refusal = {
  said: /./s,
  reason: "no identity of Azure is at hand",
  action:
    "Run `az login` on your machine; in Azure, assign the function app a managed identity and set `AZURE_CLIENT_ID`.",
};

const REFUSED: Refusal = {
  said: /./s,
  reason: "the managed identity's endpoint refuses it",
  action: AGAIN,
};

/**
 * Whatever signing in rejected with, as ours: of its texts only Entra's numbers are kept, never a token or a header.
 * `isManaged`: there is an endpoint for a managed identity; what came of the ways of a developer means nothing then.
 */
export function signInError(error: unknown, scope: string, isManaged: boolean): DomainError {
  if (error instanceof DomainError) return error;
  const said = textsOf(error)
    .join("\n")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "");
  const number = /AADSTS\d+/.exec(said)?.[0];
  const rest = isManaged ? [MISSET, ...BY_WORDS, UNREACHABLE, REFUSED] : [MISSET, NOBODY];
  const of = (refusals: readonly Refusal[]) => refusals.find((one) => one.said.test(said));
  const known = of(BY_NUMBER);
  if (number === undefined) return refuse(scope, of(rest) ?? NOBODY);
  const { reason, action } = known ?? { reason: "Entra refuses it", action: AGAIN };
  return refuse(scope, { reason: `${reason} (${number})`, action });
}

export function signInTimedOut(scope: string, ms: number): DomainError {
  return refuse(scope, { reason: `no token came within ${ms / 1_000} s`, action: AGAIN });
}

function refuse(scope: string, { reason, action }: Omit<Refusal, "said">): DomainError {
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
