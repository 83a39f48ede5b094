import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Config } from "../../config.ts";
import { postgresVersions, type PostgresVersion } from "../../domain/instance.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import { workloadManifests } from "../../kubernetes/manifests.ts";
import { assess, warningsOf } from "../../kubernetes/pod-state.ts";
import type { Manifest } from "../../kubernetes/templates.ts";
import { failed, failureOf, ok, skipped, together, warning } from "../check.ts";
import type { Check, Outcome } from "../check.ts";

const LIMIT_MS = 120_000;
/** Before the check's own limit, so that what the pod waits for can still be told. */
const WAIT_MS = 110_000;
const LOOK_EVERY_MS = 500;

export const image: Check = {
  name: "image",
  about: "the images of instances can be pulled, and started as they are",
  needs: ["namespaces"],
  limitMs: LIMIT_MS,
  async run({ config, client, options }, signal) {
    if (!options.pull) return skipped("asks for a pod; run with --pull");
    const opened = await client();
    const tries = postgresVersions.map((version) => pull(opened, config, version, signal));
    return together(await Promise.all(tries));
  },
};

/** Each version in a pod of its own, which is removed whatever comes. */
async function pull(
  client: KubernetesClient,
  config: Config,
  version: PostgresVersion,
  signal: AbortSignal,
): Promise<Outcome> {
  const manifest = podFor(config, version, randomBytes(4).toString("hex"));
  const outcome = await tryOut(client, manifest, signal).catch(failureOf);
  return together([outcome, ...(await removed(client, manifest))]);
}

const Workload = z.object({
  template: z.object({
    spec: z.object({
      securityContext: z.json(),
      containers: z.tuple([
        z.object({
          name: z.string(),
          image: z.string(),
          imagePullPolicy: z.string(),
          securityContext: z.json(),
        }),
      ]),
    }),
  }),
});

/** Image and security context are an instance's own; its labels are not, so that nobody takes the pod for a part of one. */
export function podFor(
  config: Pick<Config, "namespaces" | "imageRegistry" | "imageDigests">,
  postgresVersion: PostgresVersion,
  suffix: string,
): Manifest {
  const [namespace = "toygres"] = config.namespaces;
  const plan = {
    instanceId: "00000000-0000-4000-8000-000000000000",
    instanceName: "doctor",
    namespace,
    postgresVersion,
    storageSizeGb: 1,
    useLoadBalancer: false,
    allowedCidrs: [],
  };
  const workload = workloadManifests(plan, config).find(({ kind }) => kind === "StatefulSet");
  const { spec } = Workload.parse(workload?.["spec"]).template;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `toygres-doctor-${suffix}`,
      namespace,
      labels: { "app.kubernetes.io/name": "toygres-doctor" },
    },
    spec: {
      restartPolicy: "Never",
      // Should nobody be left to remove it.
      activeDeadlineSeconds: 2 * (LIMIT_MS / 1_000),
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: spec.securityContext,
      containers: [
        {
          ...spec.containers[0],
          command: ["postgres", "--version"],
          resources: {
            requests: { cpu: "10m", memory: "32Mi" },
            limits: { cpu: "100m", memory: "128Mi" },
          },
        },
      ],
    },
  };
}

const addressOf = ({ metadata: { name, namespace = "" } }: Manifest) => ({
  kind: "Pod" as const,
  namespace,
  name,
});

async function tryOut(
  client: KubernetesClient,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<Outcome> {
  const startedAt = performance.now();
  await client.create(manifest);
  for (;;) {
    const ms = performance.now() - startedAt;
    const outcome = await look(client, manifest, ms);
    if (outcome !== undefined) return outcome;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

type Pod = NonNullable<Parameters<typeof assess>[1]>;
type Event = Parameters<typeof warningsOf>[0][number];

/** Undefined while it is too early to tell. */
async function look(
  client: KubernetesClient,
  manifest: Manifest,
  ms: number,
): Promise<Outcome | undefined> {
  const at = addressOf(manifest);
  const [pod, events] = await Promise.all([
    client.get<Pod>(at),
    client.list<Event>("Event", at.namespace, { fields: `involvedObject.name=${at.name}` }),
  ]);
  return judgePod(at, pod, warningsOf(events.items), ms);
}

/** The container runtime could not begin with it; any other end is the program's own. */
const NEVER_RAN = new Set(["StartError", "ContainerCannotRun"]);

const PULL_FAILED = new Set(["ErrImagePull", "ImagePullBackOff", "InvalidImageName"]);

interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** Of a pod that is `ms` old. */
export function judgePod(
  at: Place,
  pod: Pod | undefined,
  warnings: ReturnType<typeof warningsOf>,
  ms: number,
): Outcome | undefined {
  return (pod && begun(pod, ms)) ?? notBegun(at, pod, warnings, ms);
}

const containerOf = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0];

function begun(pod: Pod, ms: number): Outcome | undefined {
  const container = containerOf(pod);
  if (container?.state === undefined) return undefined;
  const { image, state } = container;
  const { running, terminated } = state;
  if (running === undefined && terminated === undefined) return undefined;
  const { reason = "", message = "" } = terminated ?? {};
  if (!NEVER_RAN.has(reason)) return ok(`${image} started after ${(ms / 1_000).toFixed(1)} s`);
  return failed(
    `${image} was pulled and cannot be started: ${message}`,
    "Look at what the cluster's admission puts into pods, and at the image: it must run without root.",
  );
}

function notBegun(
  { namespace, name }: Place,
  pod: Pod | undefined,
  warnings: ReturnType<typeof warningsOf>,
  ms: number,
): Outcome | undefined {
  const place = { namespace, pod: name, claim: "", service: "" };
  const { waitingFor = "is starting", action, hopeless } = assess(place, pod, warnings);
  const isRefused = PULL_FAILED.has(containerOf(pod)?.state?.waiting?.reason ?? "");
  const isLate = ms >= WAIT_MS;
  if (!hopeless && !isRefused && !isLate) return undefined;
  return failed(
    isLate ? `not started within ${WAIT_MS / 1_000} s: ${waitingFor}` : waitingFor,
    action ?? "Look at `kubectl describe pod` and the nodes of the cluster.",
  );
}

/** Not under the check's signal: this is what must happen after it. */
async function removed(client: KubernetesClient, manifest: Manifest): Promise<Outcome[]> {
  const at = addressOf(manifest);
  try {
    const uid = (await client.get(at))?.metadata?.uid;
    if (uid !== undefined) await client.delete(at, uid);
    return [];
  } catch (error) {
    const { found } = failureOf(error);
    return [
      warning(
        `pod ${at.name} may be left: ${found}`,
        `Remove it: \`kubectl delete pod ${at.name} -n ${at.namespace}\`.`,
      ),
    ];
  }
}
