import type { Gauges } from "../../src/domain/gauges.ts";

/** Of a metadata database in which nothing is. */
export const noGauges: Gauges = {
  instancesCreating: 0,
  instancesRunning: 0,
  instancesDeleting: 0,
  instancesFailed: 0,
  unhealthy: 0,
  longestUnhealthySeconds: 0,
  healthChecksWanted: 0,
  healthChecksMissing: 0,
  operationsNotStarted: 0,
  operationsRunning: 0,
  operationsLate: 0,
  latestOperationSeconds: 0,
};
