import type { Clock } from "../controllers/clock.ts";
import type { FaultBoard } from "./board.ts";
import { crashed, diskFull, noAddress, noRoom, notAttached, notMade, PULLS } from "./words.ts";

/** How a container ends, by what its volume holds. */
export interface Crash {
  readonly exitCode: number;
  /** The last lines of a server that was running. */
  readonly running: string;
  /** The last lines of one that is started; `hasData`: it was there before. */
  readonly starting: (hasData: boolean) => string;
}

/** What kubelet and controllers ask before they do something. Null: nothing is in the way. Each answer is one happening. */
export interface NodeFaults {
  whyUnschedulable(pod: string): string | null;
  whyNotPulled(pod: string, image: string): string | null;
  whyNotAttached(pod: string, volume: string): string | null;
  whyNotMade(claim: string, storageClass: string): string | null;
  whyNoAddress(service: string): string | null;
  crash(pod: string): Crash | null;
  /** How much later than it could the container that is started now serves. */
  startDelayMs(pod: string): number;
  /** Calls it whenever a fault begins or ends; the answer calls it off. */
  onChange(listener: () => void): () => void;
}

export const noFaults: NodeFaults = {
  whyUnschedulable: () => null,
  whyNotPulled: () => null,
  whyNotAttached: () => null,
  whyNotMade: () => null,
  whyNoAddress: () => null,
  crash: () => null,
  startDelayMs: () => 0,
  onChange: () => () => undefined,
};

/** The faults of a board in the words of those who meet them. */
export function nodeFaults(board: FaultBoard, clock: Clock): NodeFaults {
  return {
    whyUnschedulable(pod) {
      const fault = board.take("no-room", pod);
      return fault === undefined ? null : noRoom(fault.lacks);
    },
    whyNotPulled(pod, image) {
      const fault = board.take("image-cannot-be-pulled", pod);
      return fault === undefined ? null : PULLS[fault.because](image);
    },
    whyNotAttached: (pod, volume) =>
      board.take("volume-cannot-be-attached", pod) === undefined ? null : notAttached(volume),
    whyNotMade: (claim, storageClass) =>
      board.take("volume-cannot-be-made", claim) === undefined ? null : notMade(storageClass),
    whyNoAddress(service) {
      const fault = board.take("load-balancer-without-address", service);
      return fault === undefined ? null : noAddress(fault.because);
    },
    crash(pod) {
      const now = clock.now();
      if (board.take("disk-full", pod) !== undefined) {
        const starting = (hasData: boolean): string =>
          hasData ? diskFull.starting(now) : diskFull.empty();
        return { exitCode: 1, running: diskFull.running(now), starting };
      }
      if (board.take("crash-loop", pod) === undefined) return null;
      return { exitCode: 1, running: crashed(now), starting: () => crashed(now) };
    },
    startDelayMs: (pod) => (board.take("slow-start", pod)?.delaySeconds ?? 0) * 1_000,
    onChange: (listener) => board.onChange(listener),
  };
}
