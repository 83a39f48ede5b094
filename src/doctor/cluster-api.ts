import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import { clusterError } from "../kubernetes/errors.ts";
import type { Session } from "../kubernetes/session.ts";

export interface ApiAnswer {
  readonly status: number;
  /** Of the API server's clock, to the second. */
  readonly date: Date | undefined;
  /** Undefined where it is no JSON. */
  readonly body: unknown;
}

/** A request of the cluster's API that the app itself never makes. Rejects with an error of the domain when no answer comes. */
export async function ask(
  { config }: Session,
  path: string,
  { post, signal }: { readonly post?: object; readonly signal: AbortSignal },
): Promise<ApiAnswer> {
  const url = new URL(path, config.getCurrentCluster()?.server);
  const options: RequestOptions = {
    method: post === undefined ? "GET" : "POST",
    headers: { accept: "application/json", ...(post && { "content-type": "application/json" }) },
    signal,
  };
  await config.applyToHTTPSOptions(options);
  try {
    return await sent(url, options, post);
  } catch (error) {
    throw clusterError(error, { what: `ask the cluster for ${url.pathname}` });
  }
}

/** As {@link ask}, where every answer but success is an error of the domain. */
export async function askFor(
  session: Session,
  path: string,
  options: { readonly post?: object; readonly signal: AbortSignal },
): Promise<ApiAnswer> {
  const answer = await ask(session, path, options);
  if (answer.status < 300) return answer;
  throw clusterError(
    { code: answer.status, body: answer.body },
    { what: `ask the cluster for ${path}` },
  );
}

function sent(url: URL, options: RequestOptions, post: object | undefined): Promise<ApiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
  const request = url.protocol === "http:" ? requestHttp : requestHttps;
  const sending = request(url, options, (response) => {
    read(response).then(resolve, reject);
  });
  sending.on("error", reject);
  sending.end(post === undefined ? undefined : JSON.stringify(post));
  return promise;
}

async function read(response: IncomingMessage): Promise<ApiAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const date = new Date(response.headers.date ?? "");
  return {
    status: response.statusCode ?? 0,
    date: Number.isNaN(date.getTime()) ? undefined : date,
    body: parsed(Buffer.concat(chunks).toString("utf8")),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
