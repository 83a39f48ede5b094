import { apiVersionOf, type Kind } from "../store/kinds.ts";
import type { KubernetesObject } from "../store/object.ts";
import { badRequest } from "../store/refusals.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { ObjectStore } from "../store/store.ts";
import type { Target } from "./request-info.ts";
import { selection } from "./selectors.ts";

export interface ObjectList {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: KubernetesObject[];
}

const listKind = ({ kind }: Kind): string => `${kind}List`;

/** A page of the objects that the query selects. */
export function listOf(
  store: ObjectStore,
  { kind, namespace }: Target,
  query: URLSearchParams,
): ObjectList {
  const selects = selection(query, kind.kind);
  const { version, after } = continuation(query.get("continue"), store.version());
  const objects = store.list(kind.kind, { namespace }).filter(selects);
  const rest = objects.filter((object) => after === undefined || orderOf(object) > after);
  const limit = Number(query.get("limit") ?? "0");
  const items = limit > 0 ? rest.slice(0, limit) : rest;
  const last = items.at(-1);
  const left = rest.length - items.length;
  return {
    apiVersion: apiVersionOf(kind),
    kind: listKind(kind),
    metadata: {
      resourceVersion: version,
      ...(left > 0 && last !== undefined
        ? { continue: token(version, orderOf(last)), remainingItemCount: left }
        : {}),
    },
    items,
  };
}

const orderOf = ({ metadata }: KubernetesObject): string =>
  `${metadata.namespace ?? ""}/${metadata.name}`;

const token = (version: string, after: string): string =>
  Buffer.from(JSON.stringify([version, after])).toString("base64url");

function continuation(given: string | null, now: string): { version: string; after?: string } {
  if (given === null || given === "") return { version: now };
  try {
    const [version, after] = JSON.parse(
      Buffer.from(given, "base64url").toString("utf8"),
    ) as unknown[];
    if (typeof version === "string" && typeof after === "string") return { version, after };
  } catch {
    // Told below.
  }
  throw badRequest("continue key is not valid");
}

/** A version from the future is a client's mix-up of clusters. */
export function checkNotFuture(store: ObjectStore, given: string | null): void {
  if (given === null || given === "") return;
  if (!/^\d+$/.test(given))
    throw badRequest(`Invalid value: "${given}": the resourceVersion is not a number`);
  if (Number(given) <= Number(store.version())) return;
  throw new ApiStatusError(
    "Timeout",
    `Too large resource version: ${given}, current: ${store.version()}`,
    {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  );
}
