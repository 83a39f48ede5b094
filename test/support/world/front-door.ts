import type { App } from "../../../src/app.ts";
import { silent, type Log } from "../../../src/durable/log.ts";
import { answer } from "../../../src/functions/answer.ts";
import type { ApiServices } from "../../../src/functions/dependencies.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Calls an app's endpoints as the host would, without a port. */
export function frontDoor(app: App, services: ApiServices, log: Log = silent) {
  let requests = 0;
  return async (
    method: string,
    target: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => {
    const { pathname, searchParams } = new URL(target, "http://world.test");
    for (const endpoint of app.endpoints) {
      const params = endpoint.method === method ? match(endpoint.route, pathname) : undefined;
      if (params === undefined) continue;
      const all: Record<string, string> = {
        ...(body && { "content-type": "application/json" }),
        ...headers,
      };
      requests += 1;
      const reply = await answer(
        endpoint,
        {
          params,
          query: searchParams,
          headers: { get: (name) => all[name.toLowerCase()] ?? null },
          body: body === undefined ? null : bytesOf(body),
        },
        services,
        { requestId: `request-${requests}`, log },
      );
      return { status: reply.status, headers: reply.headers ?? {}, body: reply.body };
    }
    throw new Error(`the app has no ${method} ${pathname}`);
  };
}

async function* bytesOf(body: object): AsyncGenerator<Uint8Array> {
  yield Buffer.from(JSON.stringify(body));
}

function match(route: string, pathname: string): Record<string, string> | undefined {
  const [wanted, given] = [route.split("/"), pathname.slice(1).split("/")];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined) params[name] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return params;
}
