import { additionsTo } from "../../../src/kubernetes/added.ts";
import {
  secretManifest,
  serviceManifests,
  workloadManifests,
} from "../../../src/kubernetes/manifests.ts";
import type { Manifest } from "../../../src/kubernetes/templates.ts";
import { applied, changed, type Owned } from "../../support/owned-objects.ts";
import { contents, newPlan } from "../../support/plans.ts";

const plan = newPlan({ useLoadBalancer: false });
const manifests = [
  ...serviceManifests(plan),
  ...workloadManifests(plan),
  secretManifest("certificate", plan, contents("x").certificate),
];
const manifestOf = (kind: string): Manifest => manifests.find((it) => it.kind === kind)!;

type Steps = readonly (string | number)[];
type Addition = readonly [steps: Steps, value: unknown];

/** With something at a place where there was nothing; `-` is the end of a list. */
function withAdded(object: Owned, additions: readonly Addition[]): Manifest {
  const copy = structuredClone(object) as Manifest;
  for (const [steps, value] of additions) {
    const parent = steps.slice(0, -1).reduce((part: object, step) => {
      if (Reflect.get(part, step) === undefined) Reflect.set(part, step, {});
      return Reflect.get(part, step) as object;
    }, copy);
    const last = steps.at(-1)!;
    if (last === "-" && Array.isArray(parent)) parent.push(value);
    else Reflect.set(parent, last, value);
  }
  return copy;
}

/** What is told once somebody has added these to our object of this kind. */
function told(kind: string, by: string, ...additions: readonly Addition[]) {
  const expected = manifestOf(kind);
  const object = applied(expected);
  const found = changed(by, object, withAdded(object, additions));
  return additionsTo(expected, found as never);
}

const POD = ["spec", "template", "spec"] as const;
const BY = { manager: "kubectl-patch", operation: "Update", at: "2026-11-21T08:00:00.000Z" };
const SECRET = "hunter2";
const sidecar = { name: "sidecar", image: "busybox" };

describe("what somebody added beside our fields", () => {
  it.each([
    [
      "the node's network",
      "StatefulSet",
      [[...POD, "hostNetwork"], true],
      "spec.template.spec.hostNetwork",
    ],
    [
      "a container",
      "StatefulSet",
      [[...POD, "containers", "-"], sidecar],
      'spec.template.spec.containers[name="sidecar"]',
    ],
    [
      "a volume",
      "StatefulSet",
      [[...POD, "volumes", "-"], { name: "host", hostPath: { path: "/" } }],
      'spec.template.spec.volumes[name="host"]',
    ],
    [
      "a limit of ours' container",
      "StatefulSet",
      [[...POD, "containers", 0, "resources", "limits", "example.com/gpu"], "1"],
      'spec.template.spec.containers[name="postgres"].resources.limits["example.com/gpu"]',
    ],
    [
      "ranges",
      "Service",
      [["spec", "loadBalancerSourceRanges"], ["0.0.0.0/0"]],
      "spec.loadBalancerSourceRanges",
    ],
    [
      "a port",
      "Service",
      [["spec", "ports", "-"], { name: "x", port: 80, protocol: "TCP" }],
      'spec.ports[port=80,protocol="TCP"]',
    ],
    ["a label", "Service", [["metadata", "labels", "team"], "red"], "metadata.labels.team"],
  ] as const)("is told with who it was: %s", (_what, kind, [steps, value], field) => {
    expect(told(kind, BY.manager, [steps, value])).toEqual([
      { field, change: "added", found: value, by: BY },
    ]);
  });

  it.each([
    [
      "a variable",
      "StatefulSet",
      [[...POD, "containers", 0, "env", "-"], { name: "TOKEN", value: SECRET }],
      'spec.template.spec.containers[name="postgres"].env[name="TOKEN"]',
    ],
    [
      "a container with variables",
      "StatefulSet",
      [[...POD, "containers", "-"], { ...sidecar, env: [{ name: "TOKEN", value: SECRET }] }],
      'spec.template.spec.containers[name="sidecar"]',
    ],
    [
      "a container with a probe that signs in",
      "StatefulSet",
      [
        [...POD, "containers", "-"],
        {
          ...sidecar,
          livenessProbe: { httpGet: { httpHeaders: [{ name: "Authorization", value: SECRET }] } },
        },
      ],
      'spec.template.spec.containers[name="sidecar"]',
    ],
    [
      "an annotation of the pod",
      "StatefulSet",
      [
        ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"],
        SECRET,
      ],
      'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]',
    ],
    [
      "an annotation",
      "Service",
      [["metadata", "annotations", "example.com/note"], SECRET],
      'metadata.annotations["example.com/note"]',
    ],
    ["a file", "ConfigMap", [["data", "labels"], SECRET], "data.labels"],
    ["a key", "Secret", [["data", "more"], SECRET], "data.more"],
  ] as const)("is told without its value where that can be secret: %s", (...row) => {
    const [, kind, [steps, value], field] = row;
    const additions = told(kind, BY.manager, [steps, value]);
    expect(additions).toEqual([{ field, change: "added", by: BY }]);
    expect(JSON.stringify(additions)).not.toContain(SECRET);
  });

  it("is told field by field, and of a map of annotations key by key", () => {
    const note = (name: string): Addition => [["metadata", "annotations", name], "x"];
    const additions = told("Service", "argocd", note("a"), note("b"), [
      ["spec", "externalIPs"],
      ["192.0.2.1"],
    ]);
    expect(additions.map(({ field }) => field)).toEqual([
      "spec.externalIPs",
      "metadata.annotations.a",
      "metadata.annotations.b",
    ]);
  });

  it("is told also where the client library does not know the field and leaves it out", () => {
    const expected = manifestOf("StatefulSet");
    const object = applied(expected);
    const next = withAdded(object, [[[...POD, "hostnameOverride"], "x"]]);
    const { metadata } = changed(BY.manager, object, next);
    expect(additionsTo(expected, { ...object, metadata } as never)).toEqual([
      { field: "spec.template.spec.hostnameOverride", change: "added", by: BY },
    ]);
  });
});

describe("what nobody added", () => {
  const volume: Addition = [["spec", "volumeName"], "pvc-1"];
  const bound: Addition = [["metadata", "annotations", "pv.kubernetes.io/bind-completed"], "yes"];

  it.each([
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "cloud-controller-manager",
    "azure-cloud-controller-manager",
    "csi-resizer",
    "external-provisioner",
    "k3s",
  ])("is what the cluster's own %s writes", (manager) => {
    expect(told("PersistentVolumeClaim", manager, volume, bound)).toEqual([]);
  });

  it.each(["kubectl-edit", "external-secrets", "my-kubelet", "kube-controller-manager-2"])(
    "is not what %s writes",
    (manager) => {
      expect(told("PersistentVolumeClaim", manager, volume, bound)).toHaveLength(2);
    },
  );

  it("is what the API fills in, which has no owner", () => {
    const expected = manifestOf("Service");
    const object = applied(expected);
    const filledIn = withAdded(object, [
      [["spec", "clusterIP"], "10.0.0.7"],
      [["spec", "ports", 0, "nodePort"], 30_000],
    ]);
    expect(additionsTo(expected, filledIn as never)).toEqual([]);
  });

  it("is what Toygres applied under an earlier release, whoever applies it as well", () => {
    const expected = manifestOf("Service");
    const object = applied(expected);
    const earlier = changed(
      "toygres",
      object,
      withAdded(object, [[["spec", "externalName"], "x"]]),
    );
    expect(additionsTo(expected, earlier as never)).toEqual([]);
    const shared = structuredClone(earlier.metadata.managedFields ?? []).map((entry) =>
      entry.operation === "Update" ? { ...entry, manager: "argocd" } : entry,
    );
    const managedFields = [...(earlier.metadata.managedFields ?? []), ...shared];
    const both = { ...earlier, metadata: { ...earlier.metadata, managedFields } };
    expect(additionsTo(expected, both as never)).toEqual([]);
  });

  it("is a status, a finalizer or an owner", () => {
    expect(
      told(
        "Service",
        "somebody",
        [["status"], { loadBalancer: {} }],
        [["metadata", "finalizers"], ["example.com/held"]],
        [["metadata", "ownerReferences"], [{ uid: "u", kind: "X", name: "x", apiVersion: "v1" }]],
      ),
    ).toEqual([]);
  });
});
