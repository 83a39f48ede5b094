import type { Watch } from "../domain/metadata.ts";
import type { Clock, Settings } from "../domain/services.ts";
import type { Workflows } from "./workflows.ts";

/** Items of one duty in one turn; what is left over has its turn a minute later. */
export const LIMIT = 200;
/** None of them begins after so long. */
export const TURN_MS = 45_000;

/** What the duties of the sweep may touch. */
export interface SweepServices {
  readonly watch: Watch;
  readonly workflows: Workflows;
  readonly clock: Clock;
  readonly settings: Pick<Settings, "healthIntervalMs" | "healthRetryMs" | "healthWriteIntervalMs">;
}
