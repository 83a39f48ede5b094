import { z } from "zod";
import { faultNames, fieldsOf, type FaultName } from "../cluster/faults/request.ts";
import { optionOf, USAGE } from "./options.ts";

/** What is read of a fault that the cluster has. */
export const Active = z.object({
  id: z.string(),
  request: z.record(z.string(), z.unknown()),
  until: z.string().optional(),
  hits: z.int(),
  left: z.int().optional(),
});
export type Active = z.infer<typeof Active>;

const EFFECTS: Readonly<Record<FaultName, string>> = {
  "image-cannot-be-pulled":
    "the registry has no such image (--because not-found), lets nobody have it (no-right), or does not answer (registry-timeout)",
  "no-room": "the node has no room for the pod: it lacks memory, or cpu (--lacks cpu)",
  "slow-start": "a server that starts answers no probe for 60 s, or --delay seconds",
  "crash-loop": "the server ends with exit code 1, running or as soon as it is started",
  "disk-full": "the server ends as on a disk without room, running or as soon as it is started",
  "volume-cannot-be-made": "the cloud makes no disk for a claim",
  "volume-cannot-be-attached": "the disk cannot be attached to the node",
  "load-balancer-without-address":
    "the cloud gives no public address: the quota is used up (--because quota), or the cluster may not (no-right)",
  "api-slow": "requests are answered 12 s late, or --delay seconds",
  "api-403": "requests are forbidden",
  "api-409": "requests meet a conflict",
  "api-429": "requests are too many; --retry-after seconds are asked for",
  "api-500": "requests fail in the API server",
  "api-cut": "the connection is cut, and nothing is done",
  "api-lose-reply": "the work is done, and the connection is cut instead of an answer",
  "watch-dropped": "watches that are open are cut, and those that begin while it lasts",
};

const SHARED = new Set(["instance", "forSeconds", "times", "verb", "kind", "name"]);

/** The faults that there are, for a person to read. */
export const CATALOG: readonly string[] = [
  USAGE,
  "",
  ...faultNames.map((name) => `  ${name.padEnd(31)}${EFFECTS[name]}${ownOptions(name)}`),
  "",
  "--instance NAME is whom it befalls; left out, it befalls all.",
  "--for SECONDS and --times N say when it is over. With neither, a fault of the API hits the next request, watch-dropped",
  "cuts what is open now, and all others last until they are cleared. --times counts tries: pulls, starts, requests,",
  "and looks for room or a disk, which come twice a second.",
  "Faults of the API take --verb, --kind and --name, too: apply, StatefulSet, pg-orders-1a2b3c4d.",
  "Faults are in the memory of the cluster's process only.",
];

function ownOptions(name: FaultName): string {
  const own = fieldsOf(name).filter((field) => !SHARED.has(field));
  return own.length === 0 ? "" : ` [${own.map(optionOf).join("] [")}]`;
}

/** One line for a fault that the cluster has. */
export function sentenceOf({ id, request, until, hits, left }: Active): string {
  const { fault, instance, ...rest } = request;
  const own = Object.entries(rest).filter(([field]) => field !== "forSeconds" && field !== "times");
  const parts = [
    typeof instance === "string" ? `of instance ${instance}` : "of all",
    ...own.map(([field, value]) => `${optionOf(field)} ${String(value)}`),
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(left === undefined ? [] : [`${left} times more`]),
    ...(until === undefined && left === undefined ? ["until it is cleared"] : []),
    ...(hits === 0 ? [] : [`${hits} times so far`]),
  ];
  return `fault ${id}: ${String(fault)} ${parts.join(", ")}`;
}
