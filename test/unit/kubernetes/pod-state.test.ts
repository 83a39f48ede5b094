import type { CoreV1Event, V1Pod } from "@kubernetes/client-node";
import { assess, warningsOf, type Warning } from "../../../src/kubernetes/pod-state.ts";

const NAME = "pg-orders-1a2b3c4d-0";
const AT = {
  namespace: "toygres",
  pod: NAME,
  claim: "pg-orders-1a2b3c4d-data",
  service: "pg-orders-1a2b3c4d",
};

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface Given {
  readonly conditions?: readonly Condition[];
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly lastExit?: {
    readonly exitCode: number;
    readonly reason: string;
    readonly message?: string;
  };
  readonly deleted?: boolean;
}

/** A pod as the API gives it; only what is looked at. */
function pod({ conditions = [], waiting, lastExit, deleted = false }: Given): V1Pod {
  const container = {
    name: "postgres",
    image: "postgres:99",
    imageID: "",
    ready: false,
    restartCount: 2,
    state: { ...(waiting && { waiting }) },
    lastState: { ...(lastExit && { terminated: lastExit }) },
  };
  const parsed: unknown = {
    metadata: { name: NAME, ...(deleted && { deletionTimestamp: new Date() }) },
    status: { phase: "Pending", conditions, containerStatuses: [container] },
  };
  return parsed as V1Pod;
}

describe("a pod's state", () => {
  it("is ready by its condition", () => {
    const ready = pod({ conditions: [{ type: "Ready", status: "True" }] });

    expect(assess(AT, ready, [])).toEqual({
      ready: true,
      hopeless: false,
      podPhase: "Pending",
      restarts: 2,
    });
  });

  const hindered: readonly (readonly [
    string,
    V1Pod | undefined,
    readonly Warning[],
    string,
    boolean,
  ])[] = [
    ["is not there", undefined, [], `pod ${NAME}: does not exist yet`, false],
    [
      "is refused for good",
      undefined,
      [
        {
          reason: "FailedCreate",
          message: 'pods "x" is forbidden: violates PodSecurity "restricted"',
        },
      ],
      `pod ${NAME}: pods "x" is forbidden: violates PodSecurity "restricted"`,
      true,
    ],
    [
      "is refused by a quota",
      undefined,
      [{ reason: "FailedCreate", message: "exceeded quota: memory" }],
      `pod ${NAME}: exceeded quota: memory`,
      false,
    ],
    [
      "goes",
      pod({ deleted: true, conditions: [{ type: "Ready", status: "True" }] }),
      [],
      `pod ${NAME}: is being stopped`,
      false,
    ],
    [
      "finds no node",
      pod({
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/3 nodes have enough memory",
          },
        ],
      }),
      [],
      `pod ${NAME}: 0/3 nodes have enough memory`,
      false,
    ],
    [
      "has an image that does not exist",
      pod({
        waiting: { reason: "ErrImagePull", message: "code = NotFound desc = manifest unknown" },
      }),
      [],
      "image postgres:99 cannot be pulled: code = NotFound desc = manifest unknown",
      true,
    ],
    [
      "has an image that failed once",
      pod({ waiting: { reason: "ErrImagePull", message: "something" } }),
      [],
      "image postgres:99 cannot be pulled: something",
      false,
    ],
    [
      "has an image that keeps failing",
      pod({
        waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "postgres:99"' },
      }),
      [],
      'image postgres:99 cannot be pulled: Back-off pulling image "postgres:99"',
      true,
    ],
    [
      "waits for a registry",
      pod({ waiting: { reason: "ImagePullBackOff", message: "Back-off" } }),
      [{ reason: "Failed", message: "Failed to pull image: dial tcp: i/o timeout" }],
      "image postgres:99 cannot be pulled: Failed to pull image: dial tcp: i/o timeout",
      false,
    ],
    [
      "has a configuration that cannot be",
      pod({ waiting: { reason: "CreateContainerConfigError", message: "key not in Secret" } }),
      [],
      `pod ${NAME}: CreateContainerConfigError: key not in Secret`,
      true,
    ],
    [
      "waits for its kubelet to see a Secret",
      pod({
        waiting: {
          reason: "CreateContainerConfigError",
          message: "failed to sync secret cache: timed out waiting for the condition",
        },
      }),
      [],
      `pod ${NAME}: CreateContainerConfigError: failed to sync secret cache: timed out waiting for the condition`,
      false,
    ],
    [
      "crashes again and again",
      pod({
        waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" },
        lastExit: {
          exitCode: 1,
          reason: "Error",
          message:
            "starting\nmkdir: cannot create directory '/var/lib/postgresql/pgdata': Permission denied\n",
        },
      }),
      [],
      `pod ${NAME}: CrashLoopBackOff: Error (exit code 1): mkdir: cannot create directory '/var/lib/postgresql/pgdata': Permission denied`,
      false,
    ],
    [
      "waits for its volume",
      pod({ waiting: { reason: "ContainerCreating" } }),
      [{ reason: "FailedAttachVolume", message: "Multi-Attach error for volume" }],
      `pod ${NAME}: ContainerCreating: Multi-Attach error for volume`,
      false,
    ],
    [
      "runs and is not ready",
      pod({
        conditions: [{ type: "Ready", status: "False", message: "containers with unready status" }],
      }),
      [],
      `pod ${NAME}: containers with unready status`,
      false,
    ],
  ];
  it.each(hindered)("says why when it %s", (_what, given, warnings, waitingFor, hopeless) => {
    expect(assess(AT, given, warnings)).toMatchObject({ ready: false, waitingFor, hopeless });
  });

  it("is told in at most 300 characters", () => {
    const { waitingFor } = assess(AT, undefined, [{ reason: "x", message: "word ".repeat(200) }]);

    expect(waitingFor).toHaveLength(300);
  });
});

describe("the warnings about an object", () => {
  const event = (
    type: string,
    uid: string,
    message: string,
    lastTimestamp: string,
  ): CoreV1Event => {
    const parsed: unknown = {
      type,
      message,
      lastTimestamp: new Date(lastTimestamp),
      involvedObject: { uid },
      metadata: {},
    };
    return parsed as CoreV1Event;
  };

  it("are those of this very object, oldest first, without what is normal", () => {
    const events = [
      event("Warning", "new", "second", "2026-01-01T00:00:02Z"),
      event("Normal", "new", "scheduled", "2026-01-01T00:00:09Z"),
      event("Warning", "old", "of the pod before", "2026-01-01T00:00:03Z"),
      event("Warning", "new", "first", "2026-01-01T00:00:01Z"),
    ];

    expect(warningsOf(events, "new").map(({ message }) => message)).toEqual(["first", "second"]);
  });
});
