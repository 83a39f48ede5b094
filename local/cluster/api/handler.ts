import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Json, KubernetesObject } from "../store/object.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { ObjectStore } from "../store/store.ts";
import { acceptOf, type Accepted } from "./accept.ts";
import { isReview, refuseDenied, reviewed, type Denies } from "./access.ts";
import { answerError, answerJson } from "./answer.ts";
import { mediaTypeOf, parseBody, readBody, unsupportedMediaType } from "./body.ts";
import { deletionAnswer, deleteCollection, deleteOptions } from "./deletion.ts";
import { DISCOVERY } from "./discovery.ts";
import type { FaultBoard } from "../faults/board.ts";
import { answerFaults, FAULTS_PATH } from "../faults/endpoint.ts";
import type { Faults, Verb } from "./faults.ts";
import { listOf, type ObjectList } from "./lists.ts";
import { streamLog, type ReadLog } from "./logs.ts";
import { forwardPort, isForwarding, refuseUpgrade } from "./port-forward.ts";
import { refOfTarget, targetOf, unknownResource, type Target } from "./request-info.ts";
import { Resources, type WriteContext, type Written } from "./resources.ts";
import { suffer } from "./suffer.ts";
import { tableOf } from "./table.ts";
import { PATCH_TYPES, refuseUnsupported, verbOf } from "./verbs.ts";
import { streamChanges } from "./watch.ts";

export interface ApiOptions {
  store: ObjectStore;
  faults: Faults;
  board: FaultBoard;
  /** Which bearer tokens may do everything; absent: no token is asked for. */
  accepts?: ((token: string) => boolean) | undefined;
  /** Who may not do what; absent: all may do all. */
  denies?: Denies | undefined;
  readLog?: ReadLog | undefined;
  now: () => Date;
}

const OPEN_PATHS = ["/healthz", "/livez", "/readyz", "/version"];
const BODY_TYPES = ["application/json", "application/yaml"];

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  query: URLSearchParams;
  target: Target;
  verb: Verb;
  accepted: Accepted;
}

export interface ApiHandler {
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** Answers the requests of the Kubernetes API. */
export function apiHandler(options: ApiOptions): ApiHandler {
  const resources = new Resources(options.store);
  return { request: answering(options, resources), upgrade: upgrading(options, resources) };
}

function answering(options: ApiOptions, resources: Resources): ApiHandler["request"] {
  return (request, response) => {
    // As in the API server's audit log.
    response.setHeader("Audit-Id", randomUUID());
    handle(options, resources, request, response).catch((error: unknown) =>
      answerError(response, error),
    );
  };
}

/** The one request that is no exchange: a connection to a pod. */
function upgrading(options: ApiOptions, resources: Resources): ApiHandler["upgrade"] {
  return (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    try {
      const url = new URL(request.url ?? "/", "http://cluster");
      authenticate(options.accepts, url.pathname, request);
      const target = targetOf(url.pathname);
      if (target === undefined) throw unknownResource();
      const forwards = target.kind.kind === "Pod" && target.subresource === "portforward";
      if (!forwards || !isForwarding(request)) {
        refuseUnsupported(target, url.searchParams);
        throw unknownResource();
      }
      forwardPort(resources.read(target), url.searchParams, request, socket, head);
    } catch (error) {
      refuseUpgrade(socket, error);
    }
  };
}

async function handle(
  options: ApiOptions,
  resources: Resources,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://cluster");
  authenticate(options.accepts, url.pathname, request);
  if (answerWellKnown(url.pathname, response)) return;
  if (url.pathname === FAULTS_PATH || url.pathname.startsWith(`${FAULTS_PATH}/`)) {
    await answerFaults(options.board, url.pathname, request, response);
    return;
  }
  if (isReview(request.method, url.pathname)) {
    answerJson(response, 201, await reviewed(request, options.denies));
    return;
  }
  const target = targetOf(url.pathname);
  if (target === undefined) throw unknownResource();
  refuseUnsupported(target, url.searchParams);
  const verb = verbOf(request, target, url.searchParams);
  refuseDenied(options.denies, verb, target);
  const exchange = {
    request,
    response,
    query: url.searchParams,
    target,
    verb,
    accepted: acceptOf(request),
  };
  if (await suffer(options.faults.take(verb, target.kind.kind, target.name), exchange)) {
    await perform(options, resources, exchange);
  }
}

function authenticate(
  accepts: ApiOptions["accepts"],
  path: string,
  request: IncomingMessage,
): void {
  const isOpen = OPEN_PATHS.some((open) => path === open || path.startsWith(`${open}/`));
  if (accepts === undefined || isOpen) return;
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  if (!accepts(given)) throw new ApiStatusError("Unauthorized", "Unauthorized");
}

function answerWellKnown(path: string, response: ServerResponse): boolean {
  const found = DISCOVERY.get(path.replace(/(.)\/$/, "$1"));
  if (found !== undefined) {
    answerJson(response, 200, found);
    return true;
  }
  if (!/^\/(healthz|livez|readyz)(\/|$)/.test(path)) return false;
  response.writeHead(200, { "Content-Type": "text/plain" }).end("ok");
  return true;
}

async function perform(
  options: ApiOptions,
  resources: Resources,
  exchange: Exchange,
): Promise<void> {
  const { response, query, target, verb } = exchange;
  const { store } = options;
  if (verb === "watch") await watch(options, exchange);
  else if (verb === "log")
    await streamLog(options.readLog, resources.read(target), query, response);
  else if (verb === "get") showOne(options, exchange, 200, resources.read(target));
  else if (verb === "list") showList(options, exchange, listOf(store, target, query));
  else if (verb === "delete" || verb === "deletecollection") await remove(store, exchange);
  else {
    const written = await write(resources, exchange, verb, contextOf(options, exchange));
    showOne(options, exchange, written.code, written.object);
  }
}

async function watch(options: ApiOptions, exchange: Exchange): Promise<void> {
  const { request, response, query, target } = exchange;
  const closed = options.faults.watching(target.kind.kind, () => request.socket.destroy());
  try {
    await streamChanges(options.store, { target, query, show: shape(options, exchange) }, response);
  } finally {
    closed();
  }
}

async function remove(
  store: ObjectStore,
  { request, response, query, target, verb }: Exchange,
): Promise<void> {
  const wanted = deleteOptions(await readBody(request), query);
  if (verb === "deletecollection")
    answerJson(response, 200, await deleteCollection(store, target, query, wanted));
  else
    answerJson(
      response,
      200,
      deletionAnswer(target, store, await store.delete(refOfTarget(target), wanted)),
    );
}

async function write(
  resources: Resources,
  exchange: Exchange,
  verb: "create" | "update" | "patch" | "apply",
  context: WriteContext,
): Promise<Written> {
  if (verb === "patch" || verb === "apply") return patch(resources, exchange, context);
  const mediaType = mediaTypeOf(exchange.request);
  if (!BODY_TYPES.includes(mediaType)) throw unsupportedMediaType(mediaType, BODY_TYPES);
  const body = parseBody(await readBody(exchange.request), mediaType);
  return verb === "create" ? resources.create(context, body) : resources.replace(context, body);
}

async function patch(
  resources: Resources,
  { request, query }: Exchange,
  context: WriteContext,
): Promise<Written> {
  const mediaType = mediaTypeOf(request);
  const type = PATCH_TYPES[mediaType];
  if (type === undefined) throw unsupportedMediaType(mediaType, Object.keys(PATCH_TYPES));
  if (type === "apply" && (query.get("fieldManager") ?? "") === "") {
    throw new ApiStatusError(
      "Invalid",
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      {
        group: "meta.k8s.io",
        kind: "PatchOptions",
        causes: [
          {
            reason: "FieldValueRequired",
            message: "Required value: is required for apply patch",
            field: "fieldManager",
          },
        ],
      },
    );
  }
  const body: Json = parseBody(await readBody(request), mediaType);
  return resources.patch(context, type, body, query.get("force") === "true");
}

function contextOf({ now }: ApiOptions, { request, query, target }: Exchange): WriteContext {
  const agent = (request.headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown";
  const manager =
    (query.get("fieldManager") ?? "") === "" ? agent : (query.get("fieldManager") ?? agent);
  return {
    target,
    manager,
    time: now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z"),
  };
}

/** The object itself, or the form of it that was asked for. */
function shape(
  { now }: ApiOptions,
  { accepted, target }: Exchange,
): (object: KubernetesObject) => object {
  if (accepted !== "table") return (object) => object;
  return (object) =>
    tableOf(
      target.kind.kind,
      [object],
      { resourceVersion: object.metadata.resourceVersion },
      now(),
    );
}

function showOne(
  options: ApiOptions,
  exchange: Exchange,
  code: number,
  object: KubernetesObject,
): void {
  answerJson(exchange.response, code, shape(options, exchange)(object));
}

function showList(
  { now }: ApiOptions,
  { response, accepted, target }: Exchange,
  list: ObjectList,
): void {
  answerJson(
    response,
    200,
    accepted === "table" ? tableOf(target.kind.kind, list.items, list.metadata, now()) : list,
  );
}
