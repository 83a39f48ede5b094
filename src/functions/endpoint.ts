import { z } from "zod";
import type { Log } from "../durable/log.ts";
import { readJson, type BodySource } from "./body.ts";
import { parseInput } from "./input-errors.ts";
import { refusal } from "./refusal.ts";

/** An HTTP request as it came in; the Functions worker's own request has this shape. */
export interface RawRequest extends BodySource {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Iterable<readonly [string, string]>;
}

/** What is known of the one call that is being answered. */
export interface Invocation {
  readonly requestId: string;
  readonly log: Log;
}

/** A request whose parts were parsed. */
export interface Request<B, Q> extends Invocation {
  readonly body: B;
  readonly query: Q;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: BodySource["headers"];
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; text as it is, with the content type that the headers name. */
  readonly body: object | string;
}

/** A call of the API, whatever its schemas. */
export interface Endpoint<D> {
  readonly name: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly route: string;
  readonly authLevel: "function" | "anonymous";
  /** Throws what {@link answer} turns into a problem document. */
  readonly handle: (request: RawRequest, deps: D, invocation: Invocation) => Promise<Reply>;
}

/** For calls whose body is not read. */
export const noBody = z.undefined();

/** For calls without query parameters: any is refused. */
export const noQuery = z.strictObject({});

export interface EndpointSpec<B extends z.ZodType, Q extends z.ZodType, D> {
  readonly name: string;
  readonly method: Endpoint<D>["method"];
  readonly route: string;
  /** Left out: a function key is asked for. */
  readonly authLevel?: Endpoint<D>["authLevel"];
  readonly body: B;
  /** What stands for a body that is absent; left out: an absent body is refused. */
  readonly absentBody?: z.input<B>;
  readonly query: Q;
  respond(request: Request<z.output<B>, z.output<Q>>, deps: D): Promise<Reply>;
}

/** One call of the API as a value: what it takes and how it is answered. */
export function defineEndpoint<D, B extends z.ZodType, Q extends z.ZodType>(
  spec: EndpointSpec<B, Q, D>,
): Endpoint<D> {
  const { name, method, route, authLevel = "function" } = spec;
  return {
    name,
    method,
    route,
    authLevel,
    async handle(raw, deps, invocation) {
      const query = parseInput(spec.query, parametersOf(raw), "/query");
      const body = parseInput(spec.body, await bodyOf(raw, spec.body, spec.absentBody));
      const { params, headers } = raw;
      return spec.respond({ ...invocation, params, headers, query, body }, deps);
    },
  };
}

/** The Functions key may come as a parameter; it is the host's business and read by nobody here. */
const HOSTS_OWN = new Set(["code", "clientId"]);

/** A parameter that is given twice arrives joined by a comma, as the real host does it. */
function parametersOf({ query }: RawRequest): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  for (const [name, value] of query) {
    const earlier = values.get(name);
    if (!HOSTS_OWN.has(name))
      values.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(values);
}

async function bodyOf(raw: RawRequest, schema: z.ZodType, absent: unknown): Promise<unknown> {
  if (schema === noBody) return undefined;
  const given = await readJson(raw);
  const value = given === undefined ? absent : given;
  if (value === undefined) {
    throw refusal([
      { pointer: "", code: "required", message: "the body is empty, send a JSON object" },
    ]);
  }
  return value;
}
