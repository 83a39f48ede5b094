import { z } from "zod";
import { HealthStatus } from "./instance.ts";

/** What a health check knows from its earlier turns; it travels in continueAsNew. */
export const HealthMemory = z.object({
  status: HealthStatus.default("unknown"),
  failures: z.int().min(0).default(0),
  writtenAt: z.iso.datetime().optional(),
  certificateSeenAt: z.iso.datetime().optional(),
});
export type HealthMemory = z.infer<typeof HealthMemory>;

/** What one look at an instance found. */
export type Observation =
  | {
      readonly ok: true;
      readonly address: string;
      readonly latencyMs: number;
      readonly version: string;
    }
  | { readonly ok: false; readonly message: string };

/** So many failures in a row make an instance unhealthy; one success makes it healthy. */
export const UNHEALTHY_AFTER = 3;

export function nextHealth(
  before: { readonly status: HealthStatus; readonly failures: number },
  { ok }: Pick<Observation, "ok">,
): { status: HealthStatus; failures: number } {
  if (ok) return { status: "healthy", failures: 0 };
  const failures = before.failures + 1;
  return { status: failures >= UNHEALTHY_AFTER ? "unhealthy" : before.status, failures };
}
