import {
  RUNTIME_STATUSES,
  type InstanceFilter,
  type ListRequest,
  type RuntimeStatus,
  type StatusOptions,
} from "../engine/task-hub.ts";

/** Undefined when absent or neither true nor false. */
function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = parameter(query, name)?.toLowerCase();
  return value === "true" ? true : value === "false" ? false : undefined;
}

/** The first value; names are compared without case. */
export function parameter(query: URLSearchParams, name: string): string | undefined {
  return parameters(query, name)[0];
}

function parameters(query: URLSearchParams, name: string): string[] {
  return [...query].filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, v]) => v);
}

/** What is malformed counts as absent, as on the real host. */
function date(query: URLSearchParams, name: string): Date | undefined {
  const value = new Date(parameter(query, name) ?? "");
  return Number.isNaN(value.getTime()) ? undefined : value;
}

function statuses(query: URLSearchParams): RuntimeStatus[] {
  const wanted = parameters(query, "runtimeStatus").flatMap((value) => value.split(","));
  return RUNTIME_STATUSES.filter((status) =>
    wanted.some((one) => one.trim().toLowerCase() === status.toLowerCase()),
  );
}

export function statusOptions(query: URLSearchParams): StatusOptions {
  return {
    showHistory: flag(query, "showHistory") ?? false,
    showHistoryOutput: flag(query, "showHistoryOutput") ?? false,
    showInput: flag(query, "showInput") ?? true,
  };
}

export function wants(query: URLSearchParams, name: string): boolean {
  return flag(query, name) ?? false;
}

export function instanceFilter(query: URLSearchParams): InstanceFilter {
  const instanceIdPrefix = parameter(query, "instanceIdPrefix");
  const createdTimeFrom = date(query, "createdTimeFrom");
  const createdTimeTo = date(query, "createdTimeTo");
  return {
    runtimeStatus: statuses(query),
    ...(instanceIdPrefix !== undefined && { instanceIdPrefix }),
    ...(createdTimeFrom && { createdTimeFrom }),
    ...(createdTimeTo && { createdTimeTo }),
  };
}

export function listRequest(query: URLSearchParams, token: string | undefined): ListRequest {
  const top = Number(parameter(query, "top"));
  return {
    ...instanceFilter(query),
    showInput: flag(query, "showInput") ?? true,
    ...(Number.isInteger(top) && top > 0 && { top }),
    ...(token !== undefined && token !== "" && { continuationToken: token }),
  };
}
