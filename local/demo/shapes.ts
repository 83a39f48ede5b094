import { z } from "zod";

/** What the demo reads of the API's answers: it is a client like any other. */
export const Step = z.object({
  name: z.string(),
  status: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  waitingFor: z.string().optional(),
  action: z.string().optional(),
});
export type Step = z.infer<typeof Step>;

export const Operation = z.object({
  id: z.string(),
  status: z.string(),
  steps: z.array(Step),
  error: z
    .object({ code: z.string(), message: z.string(), action: z.string().optional() })
    .optional(),
});
export type Operation = z.infer<typeof Operation>;

export const Created = z.object({ operation: Operation, password: z.string() });

export const Instance = z.object({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  externalIp: z.string().optional(),
  operationId: z.string().optional(),
});
export type Instance = z.infer<typeof Instance>;

export const Password = z.object({ password: z.string() });
