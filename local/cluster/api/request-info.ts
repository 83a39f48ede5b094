import { KINDS, type Kind } from "../store/kinds.ts";
import type { ObjectRef } from "../store/object.ts";
import { badRequest } from "../store/refusals.ts";
import { ApiStatusError } from "../store/status-error.ts";

/** What a path of the resource API names. */
export interface Target {
  kind: Kind;
  /** Absent on a list over all namespaces and for kinds that have none. */
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

export const unknownResource = (): ApiStatusError =>
  new ApiStatusError("NotFound", "the server could not find the requested resource");

/** undefined: not a path of the resource API (discovery, health…). */
export function targetOf(pathname: string): Target | undefined {
  const parts = pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decode);
  const [root, ...rest] = parts;
  if (root === "api") return resourceAt("", rest);
  if (root === "apis") return resourceAt(rest[0] ?? "", rest.slice(1));
  return undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest("The path is not validly percent-encoded.");
  }
}

function resourceAt(group: string, [version, ...path]: string[]): Target | undefined {
  const [first, second, third] = path;
  if (first === undefined) return undefined;
  const find = (plural: string): Kind => {
    const found = KINDS.find(
      (k) => k.group === group && k.version === version && k.plural === plural,
    );
    if (found === undefined) throw unknownResource();
    return found;
  };
  const inNamespace =
    first === "namespaces" && third !== undefined && !(group === "" && third === "status");
  const [plural, name, subresource, ...more] = inNamespace ? path.slice(2) : path;
  if (more.length > 0 || plural === undefined) throw unknownResource();
  const kind = find(plural);
  if (inNamespace !== kind.namespaced && (inNamespace || name !== undefined))
    throw unknownResource();
  return { kind, namespace: inNamespace ? second : undefined, name, subresource };
}

export function refOfTarget({ kind, namespace, name }: Target): ObjectRef {
  if (name === undefined)
    throw new ApiStatusError(
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
    );
  return { kind: kind.kind, namespace, name };
}
