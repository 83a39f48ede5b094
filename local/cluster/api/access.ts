import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { resourceOf } from "../store/kinds.ts";
import { badRequest } from "../store/refusals.ts";
import { ApiStatusError } from "../store/status-error.ts";
import { mediaTypeOf, parseBody, readBody, unsupportedMediaType } from "./body.ts";
import type { Verb } from "./faults.ts";
import type { Target } from "./request-info.ts";

/** What somebody wants to do, in the words of the real API's authorisation. */
export interface Access {
  /** "create", "list"; server-side apply is "patch". */
  readonly verb: string;
  /** "apps"; empty for the core's. */
  readonly group: string;
  /** Plural: "pods". */
  readonly resource: string;
  readonly subresource: string;
  /** Empty: cluster-wide. */
  readonly namespace: string;
}

/** True for what the caller must not do. */
export type Denies = (access: Access) => boolean;

const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** Whether a request asks what the caller may do. */
export const isReview = (method: string | undefined, path: string): boolean =>
  method === "POST" && path === REVIEWS;

const Review = z.object({
  apiVersion: z.literal("authorization.k8s.io/v1"),
  kind: z.literal("SelfSubjectAccessReview"),
  spec: z.object({
    resourceAttributes: z.object({
      verb: z.string(),
      group: z.string().default(""),
      resource: z.string(),
      subresource: z.string().default(""),
      namespace: z.string().default(""),
      name: z.string().default(""),
    }),
  }),
});

/** The review with its answer; only resources can be asked about, not paths. */
export async function reviewed(
  request: IncomingMessage,
  denies: Denies | undefined,
): Promise<object> {
  const mediaType = mediaTypeOf(request);
  if (mediaType !== "application/json") throw unsupportedMediaType(mediaType, ["application/json"]);
  const review = Review.safeParse(parseBody(await readBody(request), mediaType));
  if (!review.success)
    throw badRequest(
      "a SelfSubjectAccessReview needs spec.resourceAttributes with a verb and a resource",
    );
  const { apiVersion, kind, spec } = review.data;
  const allowed = denies?.(spec.resourceAttributes) !== true;
  return { kind, apiVersion, metadata: {}, spec, status: { allowed } };
}

/** Refuses what is denied in the words of the real API, so that a review tells the truth. */
export function refuseDenied(denies: Denies | undefined, verb: Verb, target: Target): void {
  if (denies === undefined) return;
  const { kind, namespace = "", subresource = "" } = target;
  const asked = ACCESS_VERBS[verb] ?? verb;
  const { group, plural: resource } = kind;
  if (!denies({ verb: asked, group, resource, subresource, namespace })) return;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const whole = subresource === "" ? resource : `${resource}/${subresource}`;
  throw new ApiStatusError(
    "Forbidden",
    `${resourceOf(kind)} is forbidden: User "toygres" cannot ${asked} resource "${whole}" in API group "${group}" ${where}`,
    { kind: resource, ...(group !== "" && { group }) },
  );
}

const ACCESS_VERBS: Partial<Record<Verb, string>> = { apply: "patch", log: "get" };
