import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { resourceOf } from "../store/kinds.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { FaultEffect, Verb } from "./faults.ts";
import type { Target } from "./request-info.ts";

/** Long enough that a watch was seen to begin. */
const DROP_AFTER_MS = 100;

interface Sufferer {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  readonly verb: Verb;
}

/** Lets a planned fault happen; false when the request goes no further. */
export async function suffer(
  effect: FaultEffect | undefined,
  { request, response, target, verb }: Sufferer,
): Promise<boolean> {
  switch (effect?.type) {
    case undefined:
      return true;
    case "cut":
      request.socket.destroy();
      return false;
    case "status":
      throw refusal(effect.code, verb, target, effect.retryAfterSeconds);
    case "slow":
      await wait(effect.ms);
      return true;
    case "lose-reply":
      // Effect first, then nothing: what the client sees is a connection that ended.
      response.end = () => response.destroy();
      return true;
    case "drop":
      setTimeout(() => request.socket.destroy(), DROP_AFTER_MS);
      return true;
  }
}

/** As a real API server words it. */
function refusal(
  code: (FaultEffect & { type: "status" })["code"],
  verb: Verb,
  { kind, namespace, name = "" }: Target,
  retryAfterSeconds: number | undefined,
): ApiStatusError {
  const resource = resourceOf(kind);
  const one = `${resource} "${name}"`;
  const where =
    namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const rule = `resource "${kind.plural}" in API group "${kind.group}" ${where}`;
  const words = {
    401: ["Unauthorized", "Unauthorized"],
    403: [
      "Forbidden",
      `${name === "" ? resource : one} is forbidden: User "toygres" cannot ${verb === "apply" ? "patch" : verb} ${rule}`,
    ],
    404: ["NotFound", `${one} not found`],
    409: [
      "Conflict",
      `Operation cannot be fulfilled on ${one}: the object has been modified; please apply your changes to the latest version and try again`,
    ],
    410: ["Expired", "too old resource version"],
    429: [
      "TooManyRequests",
      "the server has received too many requests and has asked us to try again later",
    ],
    500: ["InternalError", "Internal error occurred: etcdserver: request timed out"],
    503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
    504: ["Timeout", "the server was unable to return a response in the time allotted"],
  } as const;
  const [reason, message] = words[code];
  return new ApiStatusError(
    reason,
    message,
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  );
}
