import { failed, ok, warning, type Outcome } from "./check.ts";

const WARN_MS = 30_000;
/** What Entra, Kerberos and most checks of certificates tolerate. */
const FAIL_MS = 5 * 60_000;

const FIX =
  "Set the clocks by NTP: tokens and certificates are judged by them, and a wrong clock makes good ones count as expired.";

/** `whose` clock against ours at the moment halfway between question and answer. */
export function judgeClock(whose: string, theirs: Date, ours: Date): Outcome {
  const ms = theirs.getTime() - ours.getTime();
  const seconds = Math.round(Math.abs(ms) / 1_000);
  if (seconds * 1_000 <= WARN_MS) return ok(`clock of ${whose} agrees`);
  const found = `clock of ${whose} is ${seconds} s ${ms > 0 ? "ahead of" : "behind"} ours`;
  return seconds * 1_000 > FAIL_MS ? failed(found, FIX) : warning(found, FIX);
}
