import {
  anything,
  count,
  intOrString,
  labelSelector,
  list,
  object,
  oneOf,
  port,
  strings,
  text,
  time,
} from "./schema.ts";

const peers = list(
  object({
    ipBlock: object({ cidr: text(), except: strings }, ["cidr"]),
    namespaceSelector: labelSelector,
    podSelector: labelSelector,
  }),
);
const policyPorts = list(
  object({ port: intOrString, endPort: port, protocol: oneOf(["TCP", "UDP", "SCTP"], "TCP") }),
);

export const networkPolicy = object({
  spec: object(
    {
      podSelector: labelSelector,
      policyTypes: list(oneOf(["Ingress", "Egress"])),
      ingress: list(object({ from: peers, ports: policyPorts })),
      egress: list(object({ to: peers, ports: policyPorts })),
    },
    ["podSelector"],
  ),
});

export const reference = object(
  {
    apiVersion: text(),
    kind: text(),
    namespace: text(),
    name: text(),
    uid: text(),
    resourceVersion: text(),
    fieldPath: text(),
  },
  [],
  {
    atomic: true,
  },
);

export const event = object(
  {
    involvedObject: reference,
    reason: text(),
    message: text(),
    type: text(),
    action: text(),
    count,
    firstTimestamp: time,
    lastTimestamp: time,
    eventTime: anything,
    series: anything,
    source: object({ component: text(), host: text() }),
    related: reference,
    reportingComponent: text(),
    reportingInstance: text(),
  },
  ["involvedObject"],
);

export const rule = object(
  {
    apiGroups: strings,
    resources: strings,
    verbs: strings,
    resourceNames: strings,
    nonResourceURLs: strings,
  },
  ["verbs"],
);
export const subject = object({ kind: text(), name: text(), namespace: text(), apiGroup: text() }, [
  "kind",
  "name",
]);
