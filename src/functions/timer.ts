import type { Log } from "../durable/log.ts";

/** What is done again and again; when, is a setting. */
export interface Timer<D> {
  readonly name: string;
  /** Also at once when the app starts. */
  readonly atStart: boolean;
  readonly schedule: (settings: { readonly sweepSchedule: string }) => string;
  /** Never rejects: what goes wrong is in its log. */
  readonly run: (services: D, log: Log) => Promise<void>;
}
