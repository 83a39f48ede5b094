import { z } from "zod";
import { InstanceId, Namespace } from "./instance.ts";

/** Which instance a step is for; each activity's input begins with it. */
export const subject = {
  instanceId: InstanceId,
  namespace: Namespace,
  instanceName: z.string().min(1).max(40),
} as const;

export const Subject = z.object(subject);
export type Subject = z.infer<typeof Subject>;
