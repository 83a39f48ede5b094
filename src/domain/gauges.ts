/**
 * How things stand at one moment, as the metadata knows it: what the sweep logs each minute, so that an alert needs no
 * memory of its own. Counts, but where a unit is named.
 */
export interface Gauges {
  readonly instancesCreating: number;
  readonly instancesRunning: number;
  readonly instancesDeleting: number;
  readonly instancesFailed: number;
  /** Running instances whose last check found them so. */
  readonly unhealthy: number;
  /** The running instance that has been unhealthy for longest, and since how many seconds. */
  readonly longestUnhealthyId?: string | undefined;
  readonly longestUnhealthySeconds: number;
  /** Each running instance wants one. */
  readonly healthChecksWanted: number;
  /** Running instances of whose health check nothing was heard for so long that it cannot be alive and well. */
  readonly healthChecksMissing: number;
  readonly operationsNotStarted: number;
  readonly operationsRunning: number;
  /** Open ones past their deadline. */
  readonly operationsLate: number;
  /** The one that is past its deadline for longest, and since how many seconds. */
  readonly latestOperationId?: string | undefined;
  readonly latestOperationSeconds: number;
}
