import type { RequestContext, ResponseContext } from "@kubernetes/client-node";
import { currentTrace } from "../domain/trace.ts";
import { API_VERSIONS } from "./kinds.ts";

const SLOW_MS = 1_000;

const KINDS = Object.keys(API_VERSIONS);

/**
 * Tells of one call of the cluster's API for whoever is being worked for. `auditId` is the API server's own id of the
 * request, which stands in its audit log; `status` 0 means that no answer came.
 */
export function tellCall(
  request: RequestContext,
  startedAt: number,
  response?: ResponseContext,
): void {
  const trace = currentTrace();
  if (trace === undefined) return;
  const status = response?.httpStatusCode ?? 0;
  const ms = Math.round(performance.now() - startedAt);
  // A health check that finds all well is no news.
  if (trace.quiet === true && status !== 0 && status < 400 && ms < SLOW_MS) return;
  const { pathname } = new URL(request.getUrl());
  const { kind, name } = objectOf(pathname);
  trace.log.info("kubernetes.called", {
    ...trace.facts,
    verb: request.getHttpMethod(),
    kind,
    name,
    status,
    ms,
    auditId: response?.headers["audit-id"],
  });
}

/** `/api/v1/namespaces/{namespace}/{plural}/{name}`, and the like. */
function objectOf(path: string): { kind?: string; name?: string | undefined } {
  const parts = path.split("/").filter((part) => part !== "");
  const at = parts.findIndex((part) => kindOf(part) !== undefined && part !== "namespaces");
  const found = at >= 0 ? at : parts.indexOf("namespaces");
  const kind = kindOf(parts[found] ?? "");
  if (kind === undefined) return {};
  return { kind, name: parts[found + 1] };
}

function kindOf(plural: string): string | undefined {
  return KINDS.find((kind) => pluralOf(kind) === plural);
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith("y")) return `${lower.slice(0, -1)}ies`;
  return lower.endsWith("s") ? `${lower}es` : `${lower}s`;
}
