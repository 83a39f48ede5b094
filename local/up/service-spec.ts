import { join } from "node:path";
import type { ServiceSpec } from "../supervisor/service.ts";
import { foldersOf, recordOf, type ServiceName } from "./folders.ts";

/** Programs or data stand where nobody would look for them. */
const ELSEWHERE = /: its data is in "| runs from a copy in "/;

type Given = Pick<ServiceSpec, "args" | "ready"> & Partial<Pick<ServiceSpec, "command" | "env">>;

/** A service of the environment on this data folder: where its log and its record are, and what it inherits. */
export function specOf(
  data: string,
  name: ServiceName,
  { env = {}, ...given }: Given,
): ServiceSpec {
  return {
    name,
    ...given,
    env: { ...inherited(), ...env },
    readyWithinMs: 60_000,
    notice: ELSEWHERE,
    logFile: join(foldersOf(data).logs, `${name}.log`),
    recordFile: recordOf(data, name),
  };
}

/** The user's environment without what would point us at somebody's cluster or database. */
export function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^(KUBECONFIG|DATABASE_URL|PG[A-Z]+)$/.test(entry[0]),
    ),
  );
}
