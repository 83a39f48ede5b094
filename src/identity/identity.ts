import type { TokenCredential } from "@azure/identity";
import type { AzureCredential, Identity } from "../domain/identity.ts";
import { signInError, signInTimedOut } from "./errors.ts";

export interface IdentityOptions {
  /** Of the user-assigned managed identity; absent: the system-assigned one, or whoever is signed in on this machine. */
  readonly clientId?: string | undefined;
}

/** Of one request for a token, which the SDK would wait for without end, and all who come later with it. */
const REQUEST_LIMIT_MS = 15_000;
/** Of a sign-in as a whole: finding out how to, and a request or two. */
const SIGN_IN_LIMIT_MS = 20_000;
/** Five times, up to 25 s, by the library itself: beyond our limit, which would hide what the endpoint answers. */
const RETRY = { maxRetries: 2, retryDelayInMs: 800 };

/**
 * Signs in the way that `DefaultAzureCredential` finds, at the first call: environment, workload or managed identity,
 * then what a developer is signed in with.
 */
export function createIdentity({ clientId }: IdentityOptions = {}): Identity {
  let found: Promise<TokenCredential> | undefined;
  const providers = new Map<string, Promise<() => Promise<string>>>();

  const credentialOf = (): Promise<TokenCredential> => {
    // One that could not be made is no reason to fail for ever.
    const making = (found ??= defaultCredential(clientId));
    making.catch(() => void (found = found === making ? undefined : found));
    return making;
  };

  // The library's provider keeps a token, renews it 2 minutes before its end, and goes on with the old one meanwhile.
  const provide = async (scope: string) => {
    const { getBearerTokenProvider } = await import("@azure/identity");
    return getBearerTokenProvider(await credentialOf(), scope);
  };
  const providerOf = (scope: string) => {
    const known = providers.get(scope) ?? provide(scope);
    providers.set(scope, known);
    known.catch(() => providers.delete(scope));
    return known;
  };

  const credential: AzureCredential = {
    getToken: (scopes) =>
      signingIn(String(scopes), async () => (await credentialOf()).getToken(scopes)),
  };

  return {
    credential,
    accessToken: (scope) => signingIn(scope, async () => (await providerOf(scope))()),
    renew: (scope) =>
      signingIn(scope, async () => {
        await forgetKept(scope, clientId);
        found = undefined;
        providers.delete(scope);
      }),
  };
}

async function defaultCredential(clientId: string | undefined): Promise<TokenCredential> {
  // Loaded here, so that a cold start that signs in to nothing does not pay for it.
  const { DefaultAzureCredential } = await import("@azure/identity");
  const real = new DefaultAzureCredential({
    retryOptions: RETRY,
    ...(clientId !== undefined && { managedIdentityClientId: clientId }),
  });
  return {
    getToken: (scopes, options) =>
      within(REQUEST_LIMIT_MS, String(scopes), real.getToken(scopes, options)),
  };
}

/**
 * The managed identity's tokens are kept for the whole process by the library below `DefaultAzureCredential`, which has
 * no way to say "another one": a new credential would give the same token again until it expires.
 */
async function forgetKept(scope: string, clientId: string | undefined): Promise<void> {
  const application = await managedIdentity(clientId);
  // Elsewhere (a developer's machine, a pod) nothing is kept beyond the credential.
  if (!isInFunctionApp(application)) return;
  const resource = scope.replace(/\/\.default$/, "");
  const renewed = application.acquireToken({ resource, forceRefresh: true });
  const { accessToken } = await within(REQUEST_LIMIT_MS, scope, renewed);
  // It resolves also when the endpoint answers with an error.
  if (accessToken === "") throw new Error("the endpoint gave no token");
}

async function managedIdentity(clientId: string | undefined) {
  const { ManagedIdentityApplication } = await import("@azure/msal-node");
  return new ManagedIdentityApplication({
    ...(clientId !== undefined && {
      managedIdentityIdParams: { userAssignedClientId: clientId },
    }),
  });
}

/** By its environment, which has the endpoint that gives tokens. */
const isInFunctionApp = (application: { getManagedIdentitySource(): string }): boolean =>
  application.getManagedIdentitySource() === "AppService";

async function signingIn<T>(scope: string, work: () => Promise<T>): Promise<T> {
  try {
    return await within(SIGN_IN_LIMIT_MS, scope, work());
  } catch (error) {
    throw signInError(error, scope, await hasEndpoint());
  }
}

/** Whether there is an endpoint for a managed identity; one whose address is no URL is there, too. */
async function hasEndpoint(): Promise<boolean> {
  try {
    return isInFunctionApp(await managedIdentity(undefined));
  } catch {
    // The library refuses the address; what the sign-in itself met is what is told.
    return true;
  }
}

async function within<T>(ms: number, scope: string, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(signInTimedOut(scope, ms)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
