import type * as ClientModule from "./client-library.ts";
import type {
  HttpLibrary,
  RequestContext,
  ResponseContext,
  BaseServerConfiguration,
} from "@kubernetes/client-node";
import { tellCall } from "./calls.ts";
import { codeOf, UnreachableError } from "./errors.ts";
import { endpointOf, type Session } from "./session.ts";

/** How long one set of connections serves; client certificates of a kubeconfig may be renewed meanwhile. */
const DISPATCHER_AGE_MS = 10 * 60_000;

type ClientLibrary = typeof ClientModule;

export interface Connections {
  readonly server: BaseServerConfiguration;
  readonly library: HttpLibrary;
  prepare(request: RequestContext): Promise<RequestContext>;
  close(): Promise<void>;
}

/**
 * Every request gets its time limit, and they all share connections (the stock client opens one for each). What the
 * cluster refuses for its credentials, and what reaches nobody, is sent once more when a second look at the session
 * has found new ones.
 */
export function connectionsOf(
  session: Session,
  k8s: ClientLibrary,
  requestTimeoutMs: number,
): Connections {
  const stock = new k8s.IsomorphicFetchHttpLibrary();
  let shared: ReturnType<RequestContext["getDispatcher"]>;
  let since = 0;
  let madeFor = "";
  const address = (): string => session.config.getCurrentCluster()?.server ?? "";
  const close = async (): Promise<void> => {
    await shared?.destroy();
    shared = undefined;
  };

  const prepare = async (request: RequestContext): Promise<RequestContext> => {
    const now = performance.now();
    const wanted = endpointOf(session.config);
    if (shared === undefined || wanted !== madeFor || now - since > DISPATCHER_AGE_MS) {
      // The old ones are not closed: a request may be about to use them. Idle, they end by themselves after seconds.
      shared = request.getDispatcher();
      since = now;
      madeFor = wanted;
    }
    if (shared !== undefined) request.setDispatcher(shared);
    request.setSignal(AbortSignal.timeout(requestTimeoutMs));
    return request;
  };

  /** The same request, to where the cluster is now and with the credentials of now. */
  const again = async (request: RequestContext): Promise<ResponseContext> => {
    const { pathname, search } = new URL(request.getUrl());
    const base = new URL(address());
    request.setUrl(`${base.origin}${pathname}${search}`);
    await session.config.applySecurityAuthentication(request);
    return told(await prepare(request));
  };

  const told = async (request: RequestContext): Promise<ResponseContext> => {
    const startedAt = performance.now();
    let response: ResponseContext | undefined;
    try {
      return (response = await stock.send(request).toPromise());
    } finally {
      tellCall(request, startedAt, response);
    }
  };

  const send = async (request: RequestContext): Promise<ResponseContext> => {
    let response: ResponseContext;
    try {
      response = await told(request);
    } catch (error) {
      const { changed, action } = await session.afterSilence();
      if (changed && reachedNobody(error)) return again(request);
      throw new UnreachableError(error, action);
    }
    if (response.httpStatusCode !== 401) return response;
    const { changed } = await session.afterRefusal();
    if (!changed) return response;
    await response.body.text();
    return again(request);
  };

  return {
    server: {
      makeRequestContext: (path, method) => new k8s.RequestContext(`${address()}${path}`, method),
    },
    library: k8s.wrapHttpLibrary({ send }),
    prepare,
    close,
  };
}

/** Not even a connection came about, so that nothing can have been done. */
function reachedNobody(error: unknown): boolean {
  const code = codeOf(error) ?? "";
  return UNCONNECTED.has(code) || /CERT|SIGNATURE|ERR_TLS/.test(code);
}

const UNCONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
