import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Json, KubernetesObject } from "../store/object.ts";
import { badRequest } from "../store/refusals.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { ObjectStore } from "../store/store.ts";
import { acceptOf, type Accepted } from "./accept.ts";
import { answerError, answerJson } from "./answer.ts";
import { mediaTypeOf, parseBody, readBody, unsupportedMediaType } from "./body.ts";
import { deletionAnswer, deleteCollection, deleteOptions } from "./deletion.ts";
import { DISCOVERY } from "./discovery.ts";
import type { Faults, Verb } from "./faults.ts";
import { listOf, type ObjectList } from "./lists.ts";
import { streamLog, type ReadLog } from "./logs.ts";
import { targetOf, unknownResource, type Target } from "./request-info.ts";
import { Resources, type PatchType, type WriteContext } from "./resources.ts";
import { tableOf } from "./table.ts";
import { streamChanges } from "./watch.ts";

export interface ApiOptions {
  store: ObjectStore;
  faults: Faults;
  /** Absent: everybody may do everything. */
  token?: string | undefined;
  readLog?: ReadLog | undefined;
  now: () => Date;
}

const PATCH_TYPES: Record<string, PatchType> = {
  "application/apply-patch+yaml": "apply",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/json-patch+json": "json",
};
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

/** Answers the requests of the Kubernetes API. */
export function apiHandler(
  options: ApiOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const resources = new Resources(options.store);
  return (request, response) => {
    handle(options, resources, request, response).catch((error: unknown) =>
      answerError(response, error),
    );
  };
}

async function handle(
  options: ApiOptions,
  resources: Resources,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://cluster");
  if (!OPEN_PATHS.some((path) => url.pathname === path || url.pathname.startsWith(`${path}/`)))
    authenticate(options.token, request);
  if (answerWellKnown(url.pathname, response)) return;
  const target = targetOf(url.pathname);
  if (target === undefined) throw unknownResource();
  refuseUnsupported(target, url.searchParams);
  const verb = verbOf(request, target, url.searchParams);
  const exchange = {
    request,
    response,
    query: url.searchParams,
    target,
    verb,
    accepted: acceptOf(request),
  };
  const effect = options.faults.take(verb, target.kind.kind, target.name);
  if (effect?.type === "cut") return void request.socket.destroy();
  if (effect?.type === "status") throw injected(effect);
  if (effect?.type === "slow") await wait(effect.ms);
  if (effect?.type === "lose-reply") {
    // Effect first, then nothing: what the client sees is a connection that ended.
    response.end = () => response.destroy();
  }
  await perform(options, resources, exchange);
}

function injected({
  code,
  retryAfterSeconds,
}: {
  code: number;
  retryAfterSeconds?: number;
}): ApiStatusError {
  const reasons = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
    504: "Timeout",
  } as const;
  const reason =
    Object.entries(reasons).find(([known]) => Number(known) === code)?.[1] ?? "InternalError";
  return new ApiStatusError(
    reason,
    "A fault that was planned by a test.",
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  );
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

function authenticate(token: string | undefined, request: IncomingMessage): void {
  if (token === undefined) return;
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  if (!timingSafeEqual(digest(given), digest(token)))
    throw new ApiStatusError("Unauthorized", "Unauthorized");
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

const NOT_HERE: Record<string, string> = {
  exec: "The local cluster runs no commands in containers: a pod's programs are processes of this machine, look at them there.",
  attach: "The local cluster attaches to no containers: use the log (kubectl logs).",
  portforward:
    "The local cluster forwards no ports: a Service's address is a loopback address of this machine, connect to it directly.",
  eviction: "The local cluster has one node and evicts nothing: delete the pod instead.",
};

function refuseUnsupported({ kind, subresource }: Target, query: URLSearchParams): void {
  if (query.has("dryRun")) throw badRequest("The local cluster has no dry run: nothing was done.");
  const known =
    subresource === undefined ||
    (subresource === "status" && kind.status) ||
    (subresource === "log" && kind.kind === "Pod");
  if (known) return;
  const why = kind.kind === "Pod" ? NOT_HERE[subresource] : undefined;
  if (why !== undefined) throw badRequest(why);
  throw unknownResource();
}

function verbOf(request: IncomingMessage, target: Target, query: URLSearchParams): Verb {
  const isOne = target.name !== undefined;
  const watches = ["true", "1"].includes(query.get("watch") ?? "");
  const verbs: Record<string, Verb | undefined> = {
    GET: watches ? "watch" : target.subresource === "log" ? "log" : isOne ? "get" : "list",
    POST: isOne ? undefined : "create",
    PUT: isOne ? "update" : undefined,
    PATCH: !isOne ? undefined : PATCH_TYPES[mediaTypeOf(request)] === "apply" ? "apply" : "patch",
    DELETE: target.subresource !== undefined ? undefined : isOne ? "delete" : "deletecollection",
  };
  const verb = verbs[request.method ?? ""];
  const writesLog = target.subresource === "log" && verb !== "log";
  if (verb !== undefined && !writesLog) return verb;
  throw new ApiStatusError(
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
  );
}

async function perform(
  options: ApiOptions,
  resources: Resources,
  exchange: Exchange,
): Promise<void> {
  const { request, response, query, target, verb } = exchange;
  const { store } = options;
  const show = (code: number, object: KubernetesObject): void =>
    showOne(options, exchange, code, object);
  switch (verb) {
    case "get":
      return show(200, resources.read(target));
    case "list":
      return showList(options, exchange, listOf(store, target, query));
    case "watch":
      return streamChanges(store, { target, query, show: shape(options, exchange) }, response);
    case "log":
      return streamLog(options.readLog, resources.read(target), query, response);
    case "delete":
      return answerJson(
        response,
        200,
        deletionAnswer(
          target,
          store,
          await resources.delete(target, deleteOptions(await readBody(request), query)),
        ),
      );
    case "deletecollection":
      return answerJson(
        response,
        200,
        await deleteCollection(store, target, query, deleteOptions(await readBody(request), query)),
      );
    case "create":
    case "update": {
      const mediaType = mediaTypeOf(request);
      if (!BODY_TYPES.includes(mediaType)) throw unsupportedMediaType(mediaType, BODY_TYPES);
      const body = parseBody(await readBody(request), mediaType);
      const context = contextOf(options, exchange);
      const written =
        verb === "create"
          ? await resources.create(context, body)
          : await resources.replace(context, body);
      return show(written.code, written.object);
    }
    case "patch":
    case "apply": {
      const written = await patch(resources, exchange, contextOf(options, exchange));
      return show(written.code, written.object);
    }
  }
}

async function patch(
  resources: Resources,
  { request, query }: Exchange,
  context: WriteContext,
): ReturnType<Resources["patch"]> {
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
