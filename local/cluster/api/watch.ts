import type { ServerResponse } from "node:http";
import { apiVersionOf } from "../store/kinds.ts";
import type { KubernetesObject } from "../store/object.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { ObjectStore, WatchEvent } from "../store/store.ts";
import { statusOf } from "./answer.ts";
import { checkNotFuture } from "./lists.ts";
import type { Target } from "./request-info.ts";
import { selection, type Selects } from "./selectors.ts";

const LONGEST_SECONDS = 1_800;
const BOOKMARK_EVERY_MS = 30_000;
/** A client that doesn't read is let go rather than remembered for. */
const MAX_BUFFERED = 16 * 1024 * 1024;

export interface WatchRequest {
  target: Target;
  query: URLSearchParams;
  /** Turns an object into what the client asked for (itself, or a Table). */
  show: (object: KubernetesObject) => object;
}

/** Streams changes as lines of JSON until the time is up or the client goes. Resolves when it has ended. */
export async function streamChanges(
  store: ObjectStore,
  request: WatchRequest,
  response: ServerResponse,
): Promise<void> {
  const { target, query, show } = request;
  const selects = inScope(target, selection(query, target.kind.kind));
  const given = query.get("resourceVersion");
  checkNotFuture(store, given);
  if (query.get("sendInitialEvents") === "true") {
    throw new ApiStatusError(
      "Invalid",
      'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
    );
  }
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Cache-Control": "no-cache, private",
  });
  response.flushHeaders();
  const send = (type: string, object: object): void => {
    if (response.writableEnded) return;
    response.write(`${JSON.stringify({ type, object })}\n`);
    if (response.writableLength > MAX_BUFFERED) response.destroy();
  };
  const tell = (event: WatchEvent): void => {
    const type = seenAs(event, selects);
    if (type !== undefined) send(type, show(event.object));
  };
  const bookmark = (): void => {
    if (query.get("allowWatchBookmarks") !== "true") return;
    send("BOOKMARK", {
      kind: target.kind.kind,
      apiVersion: apiVersionOf(target.kind),
      metadata: { resourceVersion: store.version(), creationTimestamp: null },
    });
  };

  let from = given ?? "";
  if (from === "" || from === "0") {
    from = store.version();
    for (const object of store.list(target.kind.kind).filter(selects)) send("ADDED", show(object));
  }
  let stop = (): void => undefined;
  try {
    stop = store.watch(target.kind.kind, from, tell);
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error;
    send("ERROR", statusOf(error));
    response.end();
    return;
  }
  const seconds = Math.min(
    Number(query.get("timeoutSeconds") ?? LONGEST_SECONDS) || LONGEST_SECONDS,
    LONGEST_SECONDS,
  );
  const ticking = setInterval(bookmark, BOOKMARK_EVERY_MS);
  const ending = setTimeout(() => {
    bookmark();
    response.end();
  }, seconds * 1000);
  await new Promise<void>((resolve) => {
    response.once("close", resolve);
    if (response.destroyed) resolve();
  });
  clearInterval(ticking);
  clearTimeout(ending);
  stop();
}

const inScope =
  ({ namespace, name }: Target, selects: Selects): Selects =>
  (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    selects(object);

/** An object that begins or ceases to match comes and goes for this client. */
function seenAs(
  { type, object, previous }: WatchEvent,
  selects: Selects,
): WatchEvent["type"] | undefined {
  const before = previous !== undefined && selects(previous);
  const now = type !== "DELETED" && selects(object);
  if (before && now) return "MODIFIED";
  if (now) return "ADDED";
  return before ? "DELETED" : undefined;
}
