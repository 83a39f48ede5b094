import type { V1Pod } from "@kubernetes/client-node";
import { assess, type Warning } from "../../src/kubernetes/pod-state.ts";

export const AT = {
  namespace: "toygres",
  pod: "pg-orders-1a2b3c4d-0",
  claim: "pg-orders-1a2b3c4d-data",
  service: "pg-orders-1a2b3c4d",
};
export const IMAGE = "myacr.azurecr.io/mirror/postgres:18";

interface Ended {
  readonly exitCode: number;
  readonly message?: string;
  readonly reason?: string;
}

/** What a cluster reports of a pod; what is left out it does not say. */
export interface Report {
  /** The scheduler's words. */
  readonly unscheduled?: string;
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly running?: boolean;
  readonly ended?: Ended;
  /** The end of the container before. */
  readonly last?: Ended;
  readonly warnings?: readonly Warning[];
  readonly ofClaim?: readonly Warning[];
  /** Of the pod as a whole. */
  readonly message?: string;
}

/** What a user is told of it. */
export function told({ unscheduled, warnings = [], ofClaim = [], message, ...of }: Report) {
  const ended = (it: Ended | undefined) => it && { terminated: { reason: "Error", ...it } };
  const container = {
    image: IMAGE,
    restartCount: 1,
    state: {
      ...(of.waiting && { waiting: of.waiting }),
      ...(of.running === true && { running: { startedAt: new Date(0) } }),
      ...ended(of.ended),
    },
    lastState: { ...ended(of.last) },
  };
  const hasNode = unscheduled === undefined && ofClaim.length === 0;
  const given: unknown = {
    metadata: { name: AT.pod },
    spec: hasNode ? { nodeName: "node" } : {},
    status: {
      phase: "Pending",
      message,
      conditions:
        unscheduled === undefined
          ? []
          : [{ type: "PodScheduled", status: "False", message: unscheduled }],
      ...(hasNode && { containerStatuses: [container] }),
    },
  };
  const { waitingFor = "", action = "", hopeless } = assess(AT, given as V1Pod, warnings, ofClaim);
  return { waitingFor, action, hopeless };
}

/** A report, and what is to be told of it. */
export type Row = readonly [
  what: string,
  report: Report,
  waitingFor: RegExp | string,
  action: RegExp,
  hopeless: boolean,
];

export function expectTold(
  report: Report,
  waitingFor: RegExp | string,
  action: RegExp,
  hopeless: boolean,
): void {
  const seen = told(report);
  if (typeof waitingFor === "string") expect(seen.waitingFor).toBe(waitingFor);
  else expect(seen.waitingFor).toMatch(waitingFor);
  expect(seen.action).toMatch(action);
  expect(seen.hopeless).toBe(hopeless);
  expect(seen.waitingFor.length).toBeLessThanOrEqual(300);
  expect(seen.action.length).toBeLessThanOrEqual(300);
}
