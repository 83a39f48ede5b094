import { z } from "zod";
import { API_VERSIONS, type Kind } from "../../kubernetes/kinds.ts";
import type { Session } from "../../kubernetes/session.ts";
import type { Config } from "../../config.ts";
import { failed, ok, together, warning, type Check, type Outcome } from "../check.ts";
import { askFor } from "../cluster-api.ts";

/** One thing that the code does with the cluster's API. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  /** Plural, with the subresource: `pods/portforward`. */
  readonly resource: string;
  /** Absent: cluster-wide. */
  readonly namespace?: string;
}

const PLURALS = {
  Service: "services",
  Secret: "secrets",
  ConfigMap: "configmaps",
  PersistentVolumeClaim: "persistentvolumeclaims",
  Pod: "pods",
  Event: "events",
  Namespace: "namespaces",
  StatefulSet: "statefulsets",
  NetworkPolicy: "networkpolicies",
  StorageClass: "storageclasses",
} as const satisfies Record<Kind, string>;

/** Server-side apply is a patch, and of an object that does not exist a create, too. */
const MANAGED = ["get", "list", "create", "patch", "delete"] as const;

/** By what src/kubernetes does in the namespaces of instances. */
const IN_NAMESPACE = {
  Service: [...MANAGED, "watch"],
  StatefulSet: MANAGED,
  PersistentVolumeClaim: MANAGED,
  NetworkPolicy: MANAGED,
  ConfigMap: MANAGED,
  Secret: MANAGED,
  Pod: ["get", "list", "watch", "delete"],
  Event: ["list"],
} as const satisfies Partial<Record<Kind, readonly string[]>>;

const groupOf = (kind: Kind): string => {
  const version: string = API_VERSIONS[kind];
  return version.includes("/") ? (version.split("/")[0] ?? "") : "";
};

export function neededRights({
  namespaces,
  instanceAccess,
}: Pick<Config, "namespaces" | "instanceAccess">): readonly Right[] {
  return namespaces.flatMap((namespace) => [
    ...Object.entries(IN_NAMESPACE).flatMap(([kind, verbs]) =>
      verbs.map((verb) => ({
        verb,
        group: groupOf(kind as Kind),
        resource: PLURALS[kind as Kind],
        namespace,
      })),
    ),
    // Opened as a WebSocket: a get to older clusters, since 1.35 a create as well.
    ...(instanceAccess === "port-forward"
      ? ["get", "create"].map((verb) => ({
          verb,
          group: "",
          resource: "pods/portforward",
          namespace,
        }))
      : []),
  ]);
}

/** Only `npm run setup:cluster` and this program do these; to authorisation a namespace is in itself. */
const setupRights = ({ namespaces }: Pick<Config, "namespaces">): readonly Right[] => [
  { verb: "list", group: groupOf("StorageClass"), resource: PLURALS.StorageClass },
  ...namespaces.map((namespace) => ({
    verb: "get",
    group: groupOf("Namespace"),
    resource: PLURALS.Namespace,
    namespace,
  })),
];

export const rights: Check = {
  name: "rights",
  about: "who we are to the cluster may do what the app does",
  needs: ["cluster"],
  async run({ config, session }, signal) {
    const opened = await session();
    const needed = neededRights(config);
    const missing = await missingOf(opened, needed, signal);
    const forSetup = await missingOf(opened, setupRights(config), signal);
    return judgeRights(needed.length, missing, forSetup);
  },
};

export function judgeRights(
  asked: number,
  missing: readonly Right[],
  forSetup: readonly Right[],
): Outcome {
  const outcomes: Outcome[] = [];
  if (missing.length === 0) outcomes.push(ok(`all ${asked} that the app needs`));
  else {
    const namespaces = [...new Set(missing.map(({ namespace = "" }) => namespace))].join(", ");
    outcomes.push(
      failed(
        `missing: ${inWords(missing)}`,
        `Give the app's identity the role \`Azure Kubernetes Service RBAC Writer\` on …/managedClusters/NAME/namespaces/${namespaces}, or elsewhere a Role with these and a RoleBinding in ${namespaces}.`,
      ),
    );
  }
  if (forSetup.length > 0) {
    outcomes.push(
      warning(
        `missing, but only for this program and \`npm run setup:cluster\`: ${inWords(forSetup)}`,
        "Run this once more as an admin of the cluster, to see what is skipped or not known below.",
      ),
    );
  }
  return together(outcomes);
}

/** `create, patch services in "toygres"`, by resource. */
function inWords(missing: readonly Right[]): string {
  const byResource = new Map<string, string[]>();
  for (const { verb, resource, namespace } of missing) {
    const where = namespace === undefined ? resource : `${resource} in "${namespace}"`;
    byResource.set(where, [...(byResource.get(where) ?? []), verb]);
  }
  return [...byResource].map(([where, verbs]) => `${verbs.join(", ")} ${where}`).join("; ");
}

const AT_ONCE = 8;
const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const Review = z.object({ status: z.object({ allowed: z.boolean() }) });

async function missingOf(
  session: Session,
  asked: readonly Right[],
  signal: AbortSignal,
): Promise<Right[]> {
  const left = asked.entries();
  const missing: [number, Right][] = [];
  const askOn = async (): Promise<void> => {
    for (const [at, right] of left) {
      if (!(await isAllowed(session, right, signal))) missing.push([at, right]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askOn));
  return missing.toSorted(([one], [other]) => one - other).map(([, right]) => right);
}

async function isAllowed(
  session: Session,
  { verb, group, resource: path, namespace }: Right,
  signal: AbortSignal,
): Promise<boolean> {
  const [resource, subresource] = path.split("/");
  const resourceAttributes = { verb, group, resource, subresource, namespace };
  const post = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  };
  const { body } = await askFor(session, REVIEWS, { post, signal });
  return Review.parse(body).status.allowed;
}
