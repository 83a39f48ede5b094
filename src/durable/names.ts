import { DomainError } from "../domain/errors.ts";

export type ActivityName = `${string}::activity::${string}`;
export type OrchestrationName = `${string}::orchestration::${string}`;
export type CanonicalName = ActivityName | OrchestrationName;

const kebab = "[a-z][a-z0-9]*(?:-[a-z0-9]+)*";
const canonical = new RegExp(`^${kebab}::(?:activity|orchestration)::${kebab}$`);

/** What the Functions host accepts; it only logs a worse name, and starts without the function. */
const registered = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;

/** `toygres::activity::deploy-postgres` as Azure wants it: `toygres_activity_deploy-postgres`. */
export function toRegisteredName(name: CanonicalName): string {
  const result = name.replaceAll("::", "_");
  if (!canonical.test(name) || !registered.test(result)) {
    throw new Error(
      `"${name}" is no name of an activity or orchestration: write {package}::{activity|orchestration}::{name} in kebab-case, 128 characters at most`,
    );
  }
  return result;
}

/** The way back from {@link toRegisteredName}; undefined for a function that is none of ours. */
export function toCanonicalName(registeredName: string): CanonicalName | undefined {
  const name = registeredName.replaceAll("_", "::");
  return isCanonical(name) ? name : undefined;
}

function isCanonical(name: string): name is CanonicalName {
  return canonical.test(name);
}

/** Durable puts ids into URLs without encoding them, so only what needs no encoding is let through, and no `..`. */
export function checkInstanceId(id: string): string {
  if (!/^(?!\.{1,2}$)[A-Za-z0-9_:.-]{1,100}$/.test(id)) {
    throw new DomainError(
      "invalid-input",
      "an orchestration's id has 1 to 100 characters out of A-Z, a-z, 0-9, and _ : . -, and is not . or ..",
    );
  }
  return id;
}

/** The service ignores the case of an event's name and the library does not, hence one case only. */
export function checkEventName(name: string): string {
  if (!/^[a-z][a-z0-9-]{0,99}$/.test(name)) {
    throw new DomainError(
      "invalid-input",
      `event name "${name.slice(0, 100)}" is not in kebab-case`,
    );
  }
  return name;
}
