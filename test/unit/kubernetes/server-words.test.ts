import { assess, type Warning } from "../../../src/kubernetes/pod-state.ts";
import { AT, expectTold, told, type Row } from "../../support/pod-reports.ts";

const state = (reason: string, message?: string) => ({
  reason,
  ...(message !== undefined && { message }),
});
const warning = (reason: string, message: string): Warning => ({ reason, message });

/** Where the wordings were read is said in docs/cluster-faults.md. */
const rows: readonly Row[] = [
  [
    "a disk that is full when the server starts",
    {
      waiting: state("CrashLoopBackOff", "back-off 40s restarting failed container=postgres"),
      last: {
        exitCode: 1,
        message:
          '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n2024-11-13 13:38:10.680 UTC [1] FATAL:  could not write lock file "postmaster.pid": No space left on device\n',
      },
    },
    `pod ${AT.pod}: CrashLoopBackOff: Error (exit code 1): FATAL: could not write lock file "postmaster.pid": No space left on device`,
    /^Send `DELETE \/instances\/\{id\}`, which removes the instance's data, and `POST \/instances` with a larger `storageSizeGb`: there is no resize\.$/,
    false,
  ],
  [
    "a disk that filled up under a running server",
    {
      ended: {
        exitCode: 1,
        message: [
          '2026-11-26 21:31:01.284 UTC [71] PANIC:  could not write to file "pg_wal/xlogtemp.71": No space left on device',
          "2026-11-26 21:31:01.295 UTC [1] LOG:  client backend (PID 71) was terminated by signal 6: Aborted",
          "2026-11-26 21:31:01.295 UTC [75] FATAL:  the database system is in recovery mode",
          '2026-11-26 21:31:01.612 UTC [73] FATAL:  could not write to file "pg_wal/xlogtemp.73": No space left on device',
          "2026-11-26 21:31:01.613 UTC [1] LOG:  startup process (PID 73) exited with exit code 1",
          "2026-11-26 21:31:01.622 UTC [1] LOG:  database system is shut down",
        ].join("\n"),
      },
    },
    `pod ${AT.pod}: Error (exit code 1): FATAL: could not write to file "pg_wal/xlogtemp.73": No space left on device`,
    /larger `storageSizeGb`/,
    false,
  ],
  [
    "a volume that is somebody else's",
    {
      waiting: state("CrashLoopBackOff", "back-off 10s"),
      last: {
        exitCode: 1,
        message: "mkdir: cannot create directory ‘/var/lib/postgresql/pgdata’: Permission denied\n",
      },
    },
    /Error \(exit code 1\): mkdir: cannot create directory .*: Permission denied$/,
    /`STORAGE_CLASS`.*`fsGroup`/,
    false,
  ],
  [
    "a server that needs more memory than it may have",
    {
      waiting: state("CrashLoopBackOff", "back-off 10s"),
      last: { exitCode: 137, reason: "OOMKilled" },
    },
    `pod ${AT.pod}: CrashLoopBackOff: OOMKilled (exit code 137)`,
    /^Raise the memory limit/,
    false,
  ],
  [
    "a crash of which only the back-off is known",
    { waiting: state("CrashLoopBackOff", "back-off 10s restarting failed container=postgres") },
    /CrashLoopBackOff: back-off 10s/,
    /`kubectl logs -n toygres pg-orders-1a2b3c4d-0 --previous`/,
    false,
  ],
  [
    "a server that was started again after a crash",
    {
      running: true,
      last: { exitCode: 2, message: "LOG:  a\nLOG:  database system is shut down" },
    },
    `pod ${AT.pod}: was started again after Error (exit code 2): LOG: database system is shut down`,
    /`kubectl logs -n toygres pg-orders-1a2b3c4d-0 --previous`/,
    false,
  ],
  [
    "a server that recovers",
    {
      running: true,
      warnings: [
        warning("FailedMount", "some time ago"),
        warning("Unhealthy", "Startup probe failed: "),
      ],
    },
    `pod ${AT.pod}: runs, but its server takes no connections yet (Startup probe failed)`,
    /^Wait until the server has started.*`kubectl logs -n toygres pg-orders-1a2b3c4d-0`\.$/,
    false,
  ],
  [
    "a running container that something else is said of",
    { running: true, warnings: [warning("NodeNotReady", "Node is not ready")] },
    /Node is not ready$/,
    /`kubectl describe pod/,
    false,
  ],
  [
    "a pod that its node threw out",
    { message: "The node was low on resource: memory." },
    /The node was low on resource: memory\.$/,
    /`kubectl describe pod/,
    false,
  ],
];

describe("a pod whose server does not serve", () => {
  it.each(rows)("says what to do about %s", (_what, ...row) => {
    expectTold(...row);
  });
});

describe("a pod that is not there", () => {
  it.each([
    ['pods "x" is forbidden: exceeded quota: compute', /ResourceQuota/],
    ['pods "x" is forbidden: violates PodSecurity "restricted:latest"', /setup:cluster/],
    [
      'admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-x] no probes',
      /^Exempt the namespace from the policy/,
    ],
  ])("says what to do when it is not let in: %s", (message, action) => {
    const told = assess(AT, undefined, [{ reason: "FailedCreate", message }]);

    expect(told.action).toMatch(action);
  });

  it("asks for nothing while all goes its way", () => {
    expect(told({ waiting: { reason: "ContainerCreating" } }).action).toBe("");
    expect(assess(AT, undefined, []).action).toBeUndefined();
  });
});
