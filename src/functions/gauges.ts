import type { Log } from "../durable/log.ts";
import { silenceMs } from "./repair-health-checks.ts";
import type { SweepServices } from "./sweep-services.ts";

/** A duty of the sweep: one line that says how things stand. That none comes any more is an alert too. */
export async function sampleGauges(
  { watch, settings }: Pick<SweepServices, "watch" | "settings">,
  log: Log,
): Promise<number> {
  log.info("gauges.sampled", { ...(await watch.gauges(silenceMs(settings))) });
  return 0;
}
