import { withAppliedFields } from "../../../src/kubernetes/applied-fields.ts";
import { differencesOf } from "../../../src/kubernetes/compare.ts";
import {
  secretManifest,
  serviceManifests,
  workloadManifests,
} from "../../../src/kubernetes/manifests.ts";
import type { Manifest } from "../../../src/kubernetes/templates.ts";
import { applied, changed, type Owned } from "../../support/owned-objects.ts";
import { contents, newPlan } from "../../support/plans.ts";

const plan = newPlan({ dnsLabel: "orders", allowedCidrs: ["10.0.0.0/8", "192.0.2.0/24"] });
const { control, certificate, bootstrap } = contents("x");
const manifests = [
  ...serviceManifests(plan),
  ...workloadManifests(plan, { storageClass: "fast" }),
  secretManifest("control", plan, control),
  secretManifest("certificate", plan, certificate),
  secretManifest("bootstrap", plan, bootstrap),
];
const manifestOf = (kind: string): Manifest => manifests.find((it) => it.kind === kind)!;

type Steps = readonly (string | number)[];

/** By these the API tells the items of a list apart: without them it is another item. */
const KEYS = new Set<unknown>([
  ...["name", "port", "protocol", "containerPort"],
  ...["mountPath", "topologyKey", "whenUnsatisfiable"],
]);

/** Every field and item below, down to the last. */
function placesIn(value: unknown, at: Steps): Steps[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value) && typeof value[0] !== "object") return [];
  const parts: (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item: unknown, index) => [index, item] as const)
    : Object.entries(value).filter(([name]) => typeof at.at(-1) !== "number" || !KEYS.has(name));
  return parts.flatMap(([step, part]) => [[...at, step], ...placesIn(part, [...at, step])]);
}

function partAt(value: unknown, steps: Steps): unknown {
  return steps.reduce((part: unknown, step) => Reflect.get(part as object, step) as unknown, value);
}

function without(manifest: Manifest, steps: Steps): Manifest {
  const copy = structuredClone(manifest);
  const parent = partAt(copy, steps.slice(0, -1)) as object;
  const last = steps.at(-1)!;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else Reflect.deleteProperty(parent, last);
  return copy;
}

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** What we apply of an object beside its name. */
const placesOf = (manifest: Manifest): readonly Steps[] =>
  ["spec", "data", "metadata"]
    .flatMap((root) => placesIn(manifest[root], [root]))
    .filter((steps) => steps[0] !== "metadata" || steps.length > 2)
    .filter((steps) => !isEmpty(partAt(manifest, steps)));

const changesOf = (expected: Manifest, found: Owned): readonly string[] => [
  ...new Set(differencesOf(expected, found as never).map(({ change }) => change)),
];

const rows = manifests.map((it) => [`${it.kind} ${it.metadata.name}`, it] as const);

describe("a field that is not there", () => {
  it("is looked for all over our objects", () => {
    expect(manifests.flatMap(placesOf).length).toBeGreaterThan(200);
  });

  it.each(rows)("is drift when somebody took it out and wrote nothing else, of %s", (_of, it) => {
    const object = applied(withAppliedFields(it));
    for (const steps of placesOf(it)) {
      const found = changed("kubectl-edit", object, without(object, steps));
      const changes = changesOf(it, found);
      expect([steps, changes.length > 0, changes.includes("applied")]).toEqual([
        steps,
        true,
        false,
      ]);
    }
  });

  it.each(rows)("is none when an earlier release did not apply it, of %s", (_of, it) => {
    for (const steps of placesOf(it)) {
      const found = applied(withAppliedFields(without(it, steps)));
      expect([steps, changesOf(it, found)]).toEqual([steps, ["applied"]]);
    }
  });
});

describe("a field that the API filled in before we had one", () => {
  const expected = manifestOf("PersistentVolumeClaim");
  const older = applied(withAppliedFields(without(expected, ["spec", "storageClassName"])));
  const filledIn = { ...older, spec: { ...older.spec, storageClassName: "default" } };

  it("is what an earlier release applied, when nobody owns it", () => {
    expect(changesOf(expected, filledIn)).toEqual(["applied"]);
  });

  it("is so as well when one of the cluster's own controllers does", () => {
    const found = changed("kube-controller-manager", older, filledIn);
    expect(changesOf(expected, found)).toEqual(["applied"]);
  });

  it("is drift when somebody else does", () => {
    expect(changesOf(expected, changed("kubectl-edit", older, filledIn))).toEqual(["value"]);
  });
});

describe("a field that we applied", () => {
  it("is drift when a controller changed it, as an autoscaler does", () => {
    const expected = manifestOf("StatefulSet");
    const object = applied(withAppliedFields(expected));
    const scaled = { ...object, spec: { ...object.spec, replicas: 3 } };
    const found = changed("kube-controller-manager", object, scaled);
    expect(changesOf(expected, found)).toEqual(["value"]);
  });
});

describe("an object that is older than the record of what we applied", () => {
  const field = (kind: string): readonly [expected: Manifest, found: Owned] => {
    const expected = manifestOf(kind);
    const name = kind === "PersistentVolumeClaim" ? "storageClassName" : "replicas";
    return [expected, applied(without(expected, ["spec", name]))];
  };

  it("lacks no field of a claim that was ever there: the API lets nobody take one out", () => {
    expect(changesOf(...field("PersistentVolumeClaim"))).toEqual(["applied"]);
  });

  it.each([
    [1, ["applied"]],
    [2, ["removed"]],
  ])("in its generation %d lacks what was %j", (generation, changes) => {
    const [expected, found] = field("StatefulSet");
    const counted = { ...found, metadata: { ...found.metadata, generation } };
    expect(changesOf(expected, counted)).toEqual(changes);
  });

  it.each(["PersistentVolumeClaim", "StatefulSet"])(
    "lacks what was taken out when somebody else has made it as a whole, a %s",
    (kind) => {
      const [expected, object] = field(kind);
      const metadata = { ...object.metadata, managedFields: [] };
      const found = changed("kubectl-replace", { ...object, metadata, spec: {} }, object);
      const counted = { ...found, metadata: { ...found.metadata, generation: 1 } };
      expect(changesOf(expected, counted)).toContain("removed");
      expect(changesOf(expected, counted)).not.toContain("applied");
    },
  );

  it.each([
    ["label", manifestOf("StatefulSet"), ["metadata", "labels", "toygres.io/instance-id"]],
    ["range", manifestOf("Service"), ["spec", "loadBalancerSourceRanges"]],
  ] as const)("lacks a %s because somebody took it out, as nothing says otherwise", (...row) => {
    const [, expected, steps] = row;
    const found = applied(without(expected, steps));
    const counted = { ...found, metadata: { ...found.metadata, generation: 1 } };
    expect(changesOf(expected, expected.kind === "Service" ? found : counted)).toEqual(["removed"]);
  });
});

describe("the record of what we applied", () => {
  it("counts for nothing once somebody else has written it", () => {
    const expected = manifestOf("Service");
    const object = applied(withAppliedFields(expected));
    const annotations = { ...object.metadata.annotations, "toygres.io/applied-fields": "AAAA" };
    const forged = without({ ...object, metadata: { ...object.metadata, annotations } }, [
      "spec",
      "loadBalancerSourceRanges",
    ]);
    const found = changed("kubectl-annotate", object, forged);
    expect(differencesOf(expected, found as never)).toMatchObject([
      { field: "spec.loadBalancerSourceRanges", change: "removed" },
    ]);
  });

  it("does not change with an object's values, and is short", () => {
    const recordOf = ({ metadata }: Manifest) =>
      metadata.annotations?.["toygres.io/applied-fields"];
    const [one] = workloadManifests(plan).map(withAppliedFields);
    const [other] = workloadManifests(newPlan({ storageSizeGb: 7 })).map(withAppliedFields);
    expect(recordOf(one!)).toBe(recordOf(other!));
    const longest = manifests.map((it) => recordOf(withAppliedFields(it))?.length ?? 0);
    expect(Math.max(...longest)).toBeLessThan(1_000);
  });
});
