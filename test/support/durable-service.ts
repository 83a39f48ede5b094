import { InvocationContext, type FunctionInput } from "@azure/functions";
import * as df from "durable-functions";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the host binds to a durable client, with the service under `baseUrl`. */
export function hostClientInput(baseUrl: string): object {
  return { taskHubName: "Test", creationUrls: {}, managementUrls: {}, rpcBaseUrl: baseUrl };
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  /** Where a redirect leads. */
  readonly location?: string;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** Of the header `x-functions-key`. */
  readonly key?: string;
}

/** The durable service's HTTP API played by a function; undefined leaves the caller without an answer. */
export class DurableService {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  #reply: (asked: Asked) => Reply | undefined = () => ({ status: 500 });

  private constructor() {
    this.#server = createServer((request, response) => {
      void textOf(request).then((text) => {
        const key = request.headers["x-functions-key"];
        const asked = {
          method: request.method ?? "",
          path: request.url ?? "",
          body: text === "" ? undefined : (JSON.parse(text) as unknown),
          ...(typeof key === "string" && { key }),
        };
        this.asked.push(asked);
        const reply = this.#reply(asked);
        if (reply === undefined) return;
        response.writeHead(reply.status, {
          "content-type": "application/json",
          ...(reply.location !== undefined && { location: reply.location }),
        });
        response.end(reply.body === undefined ? "" : JSON.stringify(reply.body));
      });
    });
  }

  static async start(): Promise<DurableService> {
    const service = new DurableService();
    service.#server.listen(0, "127.0.0.1");
    await once(service.#server, "listening");
    return service;
  }

  answer(reply: (asked: Asked) => Reply | undefined): void {
    this.asked.length = 0;
    this.#reply = reply;
  }

  /** Its origin, as that of a function app. */
  get url(): string {
    // A server that listens on TCP has an address of that kind.
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** durable-functions' own client of this service. */
  get client(): df.DurableClient {
    const input: FunctionInput = df.input.durableClient();
    const context = new InvocationContext({
      functionName: "test",
      options: { extraInputs: [input] },
    });
    context.extraInputs.set(input, hostClientInput(`${this.url}/durabletask/`));
    return df.getClient(context);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text;
}
