import { z } from "zod";
import type { KubernetesObject, ObjectRef } from "../store/object.ts";

export const keyOfObject = ({ metadata }: KubernetesObject): string =>
  `${metadata.namespace ?? ""}/${metadata.name}`;

export function refOfKey(kind: string, key: string): ObjectRef {
  const [namespace = "", name = ""] = key.split("/");
  return { kind, namespace: namespace === "" ? undefined : namespace, name };
}

const Conditions = z
  .array(
    z.object({
      type: z.string(),
      status: z.string(),
      lastTransitionTime: z.string().optional(),
    }),
  )
  .catch([]);

export const conditionsOf = (object: KubernetesObject): z.infer<typeof Conditions> =>
  Conditions.parse(object.status?.["conditions"]);

/** Ready, and not about to go. */
export const isReady = (pod: KubernetesObject): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  conditionsOf(pod).some(({ type, status }) => type === "Ready" && status === "True");

/** The text in a field, if there is one. */
export const textIn = (
  part: Record<string, unknown> | undefined,
  field: string,
): string | undefined => {
  const value = part?.[field];
  return typeof value === "string" && value !== "" ? value : undefined;
};
