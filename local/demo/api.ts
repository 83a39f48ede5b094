import { Refusal } from "../processes/refusal.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Calls the API as curl would; every call has a time limit. */
export async function callApi(
  base: string,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await fetch(new URL(path, base), {
    method,
    signal: AbortSignal.timeout(30_000),
    ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

/** The same, when anything but success ends the demo. */
export async function expectOk(
  base: string,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const answer = await callApi(base, method, path, body);
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new Refusal(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}
