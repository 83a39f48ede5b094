/** Where somebody would look, or set right what is wrong. */
export interface Place {
  readonly namespace: string;
  readonly pod: string;
  readonly claim: string;
  readonly service: string;
}

/** What the cluster's words mean for whoever reads them, most telling first: one sentence that says what to do. */
type Rules = readonly (readonly [RegExp, (at: Place) => string])[];

/** Undefined: none of them fits. */
function actionIn(rules: Rules, words: string, at: Place): string | undefined {
  return rules.find(([sign]) => sign.test(words))?.[1](at);
}

const LOG = ({ namespace, pod }: Place): string => `\`kubectl logs -n ${namespace} ${pod}\``;
const LAST_LOG = ({ namespace, pod }: Place): string =>
  `\`kubectl logs -n ${namespace} ${pod} --previous\``;
const CLAIM = ({ namespace, claim }: Place): string =>
  `\`kubectl describe pvc -n ${namespace} ${claim}\``;
const EVENTS = ({ namespace, pod }: Place): string =>
  `\`kubectl describe pod -n ${namespace} ${pod}\``;

const ADD_DISKS = "Add a node: each one takes only as many disks as its size allows.";
const WAIT_FOR_AZURE = "Wait until Azure takes requests again.";

const IMAGE: Rules = [
  [
    /toomanyrequests|too many requests|\b429\b/i,
    () =>
      "Wait for the registry's limit to pass, or let `IMAGE_REGISTRY` name a registry of your own.",
  ],
  [
    /\b40[13]\b|unauthorized|failed to authorize|denied/i,
    () =>
      "Give the cluster's nodes the right to pull, on AKS with `az aks update --attach-acr`, and check that `IMAGE_REGISTRY` and `IMAGE_DIGESTS` name an image that exists.",
  ],
  [
    /not ?found|manifest unknown|does not exist|invalid reference|InvalidImageName|ErrImageNeverPull/i,
    () =>
      "Correct `IMAGE_REGISTRY` and `IMAGE_DIGESTS` so that they name an image that exists for this version.",
  ],
  [
    /signature/i,
    () => "Sign the image as the cluster's policy wants it, or exempt it from that policy.",
  ],
  [
    /./s,
    () =>
      "Wait, as the pull is tried again; if it goes on, check that the nodes reach the registry of `IMAGE_REGISTRY`.",
  ],
];

const SCHEDULING: Rules = [
  [
    /volume node affinity conflict/,
    () => "Add a node in the zone that the instance's disk is in: no other zone can attach it.",
  ],
  [/max volume count/, () => ADD_DISKS],
  [
    /Insufficient|Too many pods/,
    () =>
      "Make room by deleting instances that are not needed, or add a node, on AKS with `az aks nodepool scale`.",
  ],
  [
    /unbound immediate PersistentVolumeClaims|persistentvolumeclaim/i,
    (at) => `Look at the claim, which has no volume yet: ${CLAIM(at)}.`,
  ],
  [
    /taint|affinity|selector|unschedulable/,
    () =>
      "Let a node take the pod: `kubectl get nodes` shows which are cordoned or not ready, and `kubectl describe node` their taints.",
  ],
  [/./s, (at) => `Look at the scheduler's reasons: ${EVENTS(at)}.`],
];

const VOLUME: Rules = [
  [/data disks allowed|max volume count/, () => ADD_DISKS],
  [
    /Multi-Attach|already (exclusively )?(attached|used)/,
    () =>
      "Let the node that had the disk let go of it; if that node is gone for good, delete its attachment: `kubectl get volumeattachments`.",
  ],
  [/[Tt]hrottl|\b429\b/, () => WAIT_FOR_AZURE],
  [
    /storageclass.* not found/i,
    () => "Let `STORAGE_CLASS` name a class of `kubectl get storageclass`, or mark one as default.",
  ],
  [
    /[Qq]uota|exceed/,
    () => "Raise the subscription's quota of disks, or delete instances that are not needed.",
  ],
  [
    /AuthorizationFailed|does not have (authorization|permission)/,
    () =>
      "Give the cluster's identity the role `Contributor` on the resource group that the message names.",
  ],
];

const CRASH: Rules = [
  [
    /No space left on device/,
    () =>
      "Send `DELETE /instances/{id}`, which removes the instance's data, and `POST /instances` with a larger `storageSizeGb`: there is no resize.",
  ],
  [
    /Permission denied|Operation not permitted/,
    () => "Let `STORAGE_CLASS` name a class whose volumes honour `fsGroup`.",
  ],
  [
    /OOMKilled|Cannot allocate memory/,
    () =>
      "Raise the memory limit in templates/stateful-set.yaml, or give the server less to do at a time.",
  ],
  [/./s, (at) => `Read why the server ended, and set that right: ${LAST_LOG(at)}.`],
];

const REFUSED: readonly (readonly [RegExp, string])[] = [
  [
    /exceeded quota/,
    "Raise the namespace's ResourceQuota, or delete instances that are not needed.",
  ],
  [
    /violates PodSecurity/,
    "Set the namespace's Pod Security labels as `npm run setup:cluster` does.",
  ],
  [/denied the request/, "Exempt the namespace from the policy that the message names."],
];

const ADDRESS: Rules = [
  [
    /PublicIP\w*CountLimitReached|public IP addresses for this subscription/,
    () => "Raise the subscription's quota of public IP addresses in this region, or release some.",
  ],
  [
    /AuthorizationFailed|does not have (authorization|permission)/,
    () =>
      "Give the cluster's identity the role `Network Contributor` on the resource group that the message names.",
  ],
  [
    /DnsRecordInUse|DNS record .* already/i,
    () => "Choose another `dnsLabel`: another public IP address has this one.",
  ],
  [/[Tt]hrottl|\b429\b/, () => WAIT_FOR_AZURE],
  [
    /./s,
    ({ namespace, service }) =>
      `Look at the load balancer's events, and set right what they name: \`kubectl describe service -n ${namespace} ${service}\`.`,
  ],
];

export const imageAction = (words: string, at: Place): string | undefined =>
  actionIn(IMAGE, words, at);

export const schedulingAction = (words: string, at: Place): string | undefined =>
  actionIn(SCHEDULING, words, at);

export const volumeAction = (words: string, at: Place): string =>
  actionIn(VOLUME, words, at) ??
  `Look at the claim's events, and set right what they name: ${CLAIM(at)}.`;

export const crashAction = (words: string, at: Place): string | undefined =>
  actionIn(CRASH, words, at);

/** Of what is refused by a rule of the namespace, whatever the object is. */
export const refusedAction = (words: string): string | undefined =>
  REFUSED.find(([sign]) => sign.test(words))?.[1];

/** Without words nothing is known to be wrong yet. */
export function addressAction(words: string | undefined, at: Place): string | undefined {
  if (words !== undefined) return actionIn(ADDRESS, words, at);
  const look = `\`kubectl describe service -n ${at.namespace} ${at.service}\``;
  return `Wait a minute or two, as a cloud takes; if it goes on, ask the cluster why: ${look}.`;
}

/** Nothing is wrong that anybody would know of: it takes its time. */
export const slowAction = (at: Place): string =>
  `Wait until the server has started, as after a crash it must recover first; if it goes on, read its log: ${LOG(at)}.`;

export const otherAction = (at: Place): string =>
  `Look at the pod's events, and set right what they name: ${EVENTS(at)}.`;
