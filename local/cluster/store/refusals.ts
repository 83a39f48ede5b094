import { kindNamed, resourceOf } from "./kinds.ts";
import type { ObjectRef } from "./object.ts";
import { ApiStatusError, type StatusCause, type StatusDetails } from "./status-error.ts";

/** The sentences of the real API, so that clients that match on them work here too. */

const describe = (ref: ObjectRef): { resource: string; details: StatusDetails } => {
  const k = kindNamed(ref.kind);
  const group = k === undefined || k.group === "" ? {} : { group: k.group };
  return {
    resource: k === undefined ? ref.kind.toLowerCase() : resourceOf(k),
    details: { name: ref.name, ...group, kind: k?.plural ?? ref.kind },
  };
};

export const notFound = (ref: ObjectRef): ApiStatusError => {
  const { resource, details } = describe(ref);
  return new ApiStatusError("NotFound", `${resource} "${ref.name}" not found`, details);
};

export const alreadyExists = (ref: ObjectRef): ApiStatusError => {
  const { resource, details } = describe(ref);
  return new ApiStatusError("AlreadyExists", `${resource} "${ref.name}" already exists`, details);
};

export const conflict = (ref: ObjectRef, why: string): ApiStatusError => {
  const { resource, details } = describe(ref);
  return new ApiStatusError(
    "Conflict",
    `Operation cannot be fulfilled on ${resource} "${ref.name}": ${why}`,
    details,
  );
};

export const modified = (ref: ObjectRef): ApiStatusError =>
  conflict(
    ref,
    "the object has been modified; please apply your changes to the latest version and try again",
  );

export const forbidden = (
  ref: ObjectRef,
  why: string,
  causes: StatusCause[] = [],
): ApiStatusError => {
  const { resource, details } = describe(ref);
  const message = `${resource} "${ref.name}" is forbidden: ${why}`;
  return new ApiStatusError(
    "Forbidden",
    message,
    causes.length === 0 ? details : { ...details, causes },
  );
};

/** A field error, as `Status.details.causes` and the message show it. */
export interface FieldError {
  reason:
    | "FieldValueInvalid"
    | "FieldValueRequired"
    | "FieldValueForbidden"
    | "FieldValueNotSupported"
    | "FieldValueDuplicate";
  field: string;
  message: string;
}

export const invalid = (ref: ObjectRef, errors: FieldError[]): ApiStatusError => {
  const k = kindNamed(ref.kind);
  const list = errors.map((e) => `${e.field}: ${e.message}`);
  const shown = list.length === 1 ? (list[0] ?? "") : `[${list.join(", ")}]`;
  const qualified = k === undefined || k.group === "" ? ref.kind : `${ref.kind}.${k.group}`;
  const group = k === undefined || k.group === "" ? {} : { group: k.group };
  return new ApiStatusError("Invalid", `${qualified} "${ref.name}" is invalid: ${shown}`, {
    name: ref.name,
    ...group,
    kind: ref.kind,
    causes: errors.map((e) => ({ reason: e.reason, message: e.message, field: e.field })),
  });
};

export const badRequest = (message: string): ApiStatusError =>
  new ApiStatusError("BadRequest", message);

export const refusedName = (kind: string): ApiStatusError =>
  invalid({ kind, name: "" }, [
    {
      reason: "FieldValueRequired",
      field: "metadata.name",
      message: "Required value: name or generateName is required",
    },
  ]);
