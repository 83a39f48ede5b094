import { pause, type Clock } from "../controllers/clock.ts";
import type { Container, Probe } from "./pod-spec.ts";
import type { RunningContainer } from "./runtime.ts";

export interface ProbeNews {
  onStarted(): void;
  onReady(ready: boolean): void;
  onFailure(kind: "Startup" | "Readiness" | "Liveness", message: string): void;
  /** A startup or liveness probe failed for good: the container must go. */
  onFatal(kind: "startup" | "liveness"): void;
}

/** Watches a running container by its probes until the signal. */
export async function watchContainer(
  spec: Container,
  container: RunningContainer,
  clock: Clock,
  signal: AbortSignal,
  news: ProbeNews,
): Promise<void> {
  const loop = (probe: Probe, turn: (ok: boolean, message: string) => boolean): Promise<void> =>
    runProbe(probe, container, clock, signal, turn);
  const { startupProbe, readinessProbe, livenessProbe } = spec;
  if (startupProbe !== undefined) {
    await loop(
      startupProbe,
      counting(startupProbe, (state, message) => {
        if (message !== "") news.onFailure("Startup", message);
        if (state === "bad") news.onFatal("startup");
        return state !== null;
      }),
    );
  }
  if (signal.aborted) return;
  news.onStarted();
  if (readinessProbe === undefined) news.onReady(true);
  await Promise.all([
    readinessProbe === undefined
      ? undefined
      : loop(
          readinessProbe,
          counting(readinessProbe, (state, message) => {
            if (message !== "") news.onFailure("Readiness", message);
            if (state !== null) news.onReady(state === "good");
            return false;
          }),
        ),
    livenessProbe === undefined
      ? undefined
      : loop(
          livenessProbe,
          counting(livenessProbe, (state, message) => {
            if (message !== "") news.onFailure("Liveness", message);
            if (state === "bad") news.onFatal("liveness");
            return state === "bad";
          }),
        ),
  ]);
}

/** Counts to the thresholds; `decide` hears each result and says whether to end. */
function counting(
  probe: Probe,
  decide: (state: "good" | "bad" | null, failure: string) => boolean,
): (ok: boolean, message: string) => boolean {
  let good = 0;
  let bad = 0;
  return (ok, message) => {
    good = ok ? good + 1 : 0;
    bad = ok ? 0 : bad + 1;
    if (good >= probe.successThreshold) return decide("good", "");
    return decide(
      bad >= probe.failureThreshold ? "bad" : null,
      ok ? "" : message || "command failed",
    );
  };
}

async function runProbe(
  probe: Probe,
  container: RunningContainer,
  clock: Clock,
  signal: AbortSignal,
  turn: (ok: boolean, message: string) => boolean,
): Promise<void> {
  await pause(clock, probe.initialDelaySeconds * 1000, signal);
  while (!signal.aborted) {
    const { ok, message } = await container.probe(probe);
    // What the container's end made of the probe says nothing about it.
    if (isAborted(signal) || turn(ok, message)) return;
    await pause(clock, probe.periodSeconds * 1000, signal);
  }
}

const isAborted = (signal: AbortSignal): boolean => signal.aborted;
