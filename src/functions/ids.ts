import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { InstanceId, InstanceName } from "../domain/instance.ts";

/** An instance's id in any case of letters, or a name. */
export const InstanceKey = z
  .string()
  .overwrite((text) => (isInstanceId(text.toLowerCase()) ? text.toLowerCase() : text))
  .pipe(
    z.union(
      [InstanceId, InstanceName],
      "must be an instance's id or name: a UUID, or at most 40 lower-case letters, digits and hyphens",
    ),
  );

export function isInstanceId(text: string): boolean {
  return InstanceId.safeParse(text).success;
}

/** What an orchestration may be called by; ours are UUIDs, a library's user or Durable may choose others. */
const OperationId = z.string().regex(/^[A-Za-z0-9_:.-]{1,100}$/);

type Params = Readonly<Record<string, string>>;

/** `{id}` of a route; what cannot be an id names nothing, so it is not found. */
export function instanceKeyOf(params: Params): string {
  const given = params["id"] ?? "";
  const { success, data } = InstanceKey.safeParse(given);
  if (success) return data;
  throw new DomainError(
    "instance-not-found",
    `there is no instance ${quoted(given)}: an id is a UUID, a name has at most 40 lower-case letters, digits and hyphens`,
  );
}

export function noInstance(idOrName: string): DomainError {
  return new DomainError("instance-not-found", `there is no instance ${quoted(idOrName)}`);
}

export function operationIdOf(params: Params): string {
  const given = params["id"] ?? "";
  const { success, data } = OperationId.safeParse(given);
  if (!success) throw noOperation(given);
  const lower = data.toLowerCase();
  return isInstanceId(lower) ? lower : data;
}

export function noOperation(id: string): DomainError {
  return new DomainError("operation-not-found", `there is no operation ${quoted(id)}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
