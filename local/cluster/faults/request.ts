import { z } from "zod";
import { KINDS } from "../store/kinds.ts";
import { badRequest } from "../store/refusals.ts";
import { VERBS } from "../api/faults.ts";

const TOO_LONG = "must be a number of seconds from 0.1 to 86400";
const seconds = z.number(TOO_LONG).min(0.1, TOO_LONG).max(86_400, TOO_LONG);
const TOO_OFTEN = "must be a whole number from 1 to 1000";
const kindNames = KINDS.map(({ kind }) => kind);

/** The objects of an instance are named `pg-<instance>-<8 hex digits>`, some with a word behind. */
const instance = z
  .string("must be the name of an instance")
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, "must be the name of an instance");

/** How long it lasts, or how often it happens; neither: see each fault. */
const span = {
  forSeconds: seconds.optional(),
  times: z.int(TOO_OFTEN).min(1, TOO_OFTEN).max(1_000, TOO_OFTEN).optional(),
};

/** Without an instance it happens to all. */
const ofInstance = { instance: instance.optional(), ...span };

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be one of ${values.join(", ")}`);

const ofRequests = {
  ...ofInstance,
  verb: oneOf(VERBS).optional(),
  kind: z.enum(kindNames, `must be one of ${kindNames.join(", ")}`).optional(),
  name: z.string("must be an object's name").min(1, "must be an object's name").optional(),
};

/** What can be asked for: a strict schema for each fault. */
export const FaultRequest = z.discriminatedUnion("fault", [
  z.strictObject({
    fault: z.literal("image-cannot-be-pulled"),
    because: oneOf(["not-found", "no-right", "registry-timeout"]).default("not-found"),
    ...ofInstance,
  }),
  z.strictObject({
    fault: z.literal("no-room"),
    lacks: oneOf(["memory", "cpu"]).default("memory"),
    ...ofInstance,
  }),
  z.strictObject({
    fault: z.literal("slow-start"),
    delaySeconds: seconds.default(60),
    ...ofInstance,
  }),
  z.strictObject({ fault: z.literal("crash-loop"), ...ofInstance }),
  z.strictObject({ fault: z.literal("disk-full"), ...ofInstance }),
  z.strictObject({ fault: z.literal("volume-cannot-be-made"), ...ofInstance }),
  z.strictObject({ fault: z.literal("volume-cannot-be-attached"), ...ofInstance }),
  z.strictObject({
    fault: z.literal("load-balancer-without-address"),
    because: oneOf(["quota", "no-right"]).default("quota"),
    ...ofInstance,
  }),
  z.strictObject({
    fault: z.literal("api-slow"),
    delaySeconds: seconds.default(12),
    ...ofRequests,
  }),
  z.strictObject({ fault: z.literal("api-403"), ...ofRequests }),
  z.strictObject({ fault: z.literal("api-409"), ...ofRequests }),
  z.strictObject({
    fault: z.literal("api-429"),
    retryAfterSeconds: z.int(TOO_OFTEN).min(1, TOO_OFTEN).max(1_000, TOO_OFTEN).default(1),
    ...ofRequests,
  }),
  z.strictObject({ fault: z.literal("api-500"), ...ofRequests }),
  z.strictObject({ fault: z.literal("api-cut"), ...ofRequests }),
  z.strictObject({ fault: z.literal("api-lose-reply"), ...ofRequests }),
  z.strictObject({
    fault: z.literal("watch-dropped"),
    kind: ofRequests.kind,
    ...span,
  }),
]);
export type FaultRequest = z.infer<typeof FaultRequest>;
export type FaultName = FaultRequest["fault"];
/** What befalls requests to the API, whatever they are about. */
export type ApiFaultRequest = Extract<FaultRequest, { readonly fault: `api-${string}` }>;

export const faultNames: readonly FaultName[] = FaultRequest.options.map(
  ({ shape }) => shape.fault.value,
);

/** The fields that a fault takes beside its name. */
export function fieldsOf(name: FaultName): readonly string[] {
  const found = FaultRequest.options.find(({ shape }) => shape.fault.value === name);
  return Object.keys(found?.shape ?? {}).filter((field) => field !== "fault");
}

/** Parses what was asked for, or refuses it with one sentence. `nameOf` is how the asker knows a field. */
export function readRequest(
  value: unknown,
  nameOf: (field: string) => string = (field) => `"${field}"`,
): FaultRequest {
  const { fault } = z.object({ fault: z.string() }).safeParse(value).data ?? {};
  if (!faultNames.some((name) => name === fault)) {
    const what = fault === undefined ? "a fault is wanted" : `there is no fault "${fault}"`;
    throw badRequest(`${what}: ask for one of ${faultNames.join(", ")}`);
  }
  const parsed = FaultRequest.safeParse(value);
  if (!parsed.success) throw badRequest(sentenceOf(parsed.error, nameOf));
  const { data } = parsed;
  if (data.forSeconds !== undefined && data.times !== undefined)
    throw badRequest(`give ${nameOf("forSeconds")} or ${nameOf("times")}, not both`);
  if (isApiFault(data)) checkNamed(data, nameOf);
  return data;
}

export const isApiFault = (request: FaultRequest): request is ApiFaultRequest =>
  request.fault.startsWith("api-");

/** A request that makes or lists something names no object in its path, so it cannot be told whose it is. */
function checkNamed(
  { verb, instance: ofWhom, name }: ApiFaultRequest,
  nameOf: (field: string) => string,
): void {
  if (verb !== "create" && verb !== "list" && verb !== "watch") return;
  if (ofWhom === undefined && name === undefined) return;
  const given = nameOf(name === undefined ? "instance" : "name");
  throw badRequest(`a request to ${verb} names no object, so ${given} cannot go with it`);
}

function sentenceOf({ issues }: z.ZodError, nameOf: (field: string) => string): string {
  const [issue] = issues;
  if (issue?.code === "unrecognized_keys") {
    return `this fault takes no ${issue.keys.map(nameOf).join(", ")}`;
  }
  return `${nameOf(String(issue?.path[0] ?? "it"))} ${issue?.message ?? "is not valid"}`;
}
