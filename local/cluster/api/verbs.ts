import type { IncomingMessage } from "node:http";
import { badRequest } from "../store/refusals.ts";
import { ApiStatusError } from "../store/status-error.ts";
import { mediaTypeOf } from "./body.ts";
import type { Verb } from "./faults.ts";
import { unknownResource, type Target } from "./request-info.ts";
import type { PatchType } from "./resources.ts";

export const PATCH_TYPES: Record<string, PatchType> = {
  "application/apply-patch+yaml": "apply",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/json-patch+json": "json",
};
const NOT_HERE: Record<string, string> = {
  exec: "The local cluster runs no commands in containers: a pod's programs are processes of this machine, look at them there.",
  attach: "The local cluster attaches to no containers: use the log (kubectl logs).",
  portforward:
    "The local cluster forwards ports by WebSocket (v4.channel.k8s.io) only, as the client libraries do: a Service's address is a loopback address of this machine, connect to it directly.",
  eviction: "The local cluster has one node and evicts nothing: delete the pod instead.",
};

/** What a real cluster has and this one does not is refused in words that say what to do. */
export function refuseUnsupported({ kind, subresource }: Target, query: URLSearchParams): void {
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

const METHODS_OF_ONE: Record<string, Verb> = {
  GET: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};
const METHODS_OF_MANY: Record<string, Verb> = {
  GET: "list",
  POST: "create",
  DELETE: "deletecollection",
};

/** What a request asks to be done, in the words of the real API's authorisation. */
export function verbOf(request: IncomingMessage, target: Target, query: URLSearchParams): Verb {
  const { name, subresource } = target;
  const verb = (name === undefined ? METHODS_OF_MANY : METHODS_OF_ONE)[request.method ?? ""];
  if (verb === undefined || !allows(subresource, verb)) {
    throw new ApiStatusError(
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
    );
  }
  if (subresource === "log") return "log";
  if (isWatch(query) && (verb === "get" || verb === "list")) return "watch";
  return verb === "patch" && PATCH_TYPES[mediaTypeOf(request)] === "apply" ? "apply" : verb;
}

const isWatch = (query: URLSearchParams): boolean =>
  ["true", "1"].includes(query.get("watch") ?? "");

const allows = (subresource: string | undefined, verb: Verb): boolean =>
  subresource === undefined || (subresource === "log" ? verb === "get" : verb !== "delete");
