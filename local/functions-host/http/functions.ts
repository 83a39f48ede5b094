import { failureEntry } from "../logs/failure.ts";
import type { Log } from "../logs/log.ts";
import type { LoadedApp } from "../worker/app.ts";
import type { HttpFunction } from "../worker/functions.ts";
import { empty, type Answer } from "./answer.ts";
import { functionAnswer } from "./function-answer.ts";
import type { Guard } from "./keys.ts";
import { joinedQuery, type Request } from "./request.ts";
import { matchRoute, type RouteParameters } from "./route-template.ts";

export interface FunctionDesk {
  readonly app: LoadedApp;
  readonly guard: Guard;
  readonly functionTimeoutMs: number;
  readonly log: Log;
}

/** The first function in the order of names whose route and methods fit. */
export async function answerFunction(
  desk: FunctionDesk,
  request: Request,
  key: string | undefined,
): Promise<Answer> {
  const match = findFunction(desk.app, request);
  if (match === null) return empty(404);
  const { fn, params } = match;
  if (!desk.guard.allowsFunction(fn.name, fn.authLevel, key)) return empty(401);
  const body = await request.body();
  if (body === null) return { ...empty(413), headers: { Connection: "close" } };
  const http = {
    method: request.method,
    url: request.url.href,
    headers: request.headers,
    params,
    query: joinedQuery(request.url.searchParams),
    ...(body.length > 0 && { body: { bytes: body } }),
  };
  try {
    const invocation = desk.app.run(fn, { http });
    const { returnValue, outputData } = await within(invocation, desk.functionTimeoutMs, fn.name);
    return functionAnswer(returnValue ?? outputData?.find(({ data }) => data?.http)?.data);
  } catch (error) {
    desk.log(failureEntry(fn.name, error));
    return empty(500);
  }
}

function findFunction(
  { functions }: LoadedApp,
  { method, segments }: Request,
): { fn: HttpFunction; params: RouteParameters } | null {
  for (const fn of functions) {
    if (fn.kind !== "http" || !fn.methods.includes(method)) continue;
    const params = matchRoute(fn.template, segments);
    if (params !== null) return { fn, params };
  }
  return null;
}

async function within<T>(work: Promise<T>, limitMs: number, name: string): Promise<T> {
  if (limitMs === Infinity) return await work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the functionTimeout of ${limitMs} ms was exceeded by '${name}'`));
    }, limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
