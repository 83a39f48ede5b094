import fc from "fast-check";
import { apply } from "../../../local/cluster/api/patch/apply.ts";
import { jsonPatch } from "../../../local/cluster/api/patch/json-patch.ts";
import { mergePatch, strategicMerge } from "../../../local/cluster/api/patch/merge-patch.ts";
import { check } from "../../../local/cluster/api/schema/check.ts";
import { schemaOf } from "../../../local/cluster/api/schema/kinds.ts";
import { bytesOf } from "../../../local/cluster/api/quantity.ts";
import { labelSelector } from "../../../local/cluster/api/selectors.ts";
import type { JsonObject, KubernetesObject } from "../../../local/cluster/store/object.ts";

const POD = schemaOf("Pod");
const meta = {
  name: "p",
  namespace: "default",
  uid: "u",
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
};
const writer = (manager: string) => ({
  manager,
  operation: "Apply" as const,
  apiVersion: "v1",
  time: "2026-01-01T00:00:00Z",
});

/** What is stored after an apply, for the next one. */
function stored(config: JsonObject, manager: string, live?: KubernetesObject): KubernetesObject {
  const { object, managedFields } = apply(live, config, POD, writer(manager), false);
  return { ...object, apiVersion: "v1", kind: "Pod", metadata: { ...meta, managedFields } };
}

const pod = (containers: JsonObject[]): JsonObject => ({
  apiVersion: "v1",
  kind: "Pod",
  spec: { containers },
});

describe("server-side apply of lists with keys", () => {
  it("lets two managers own items of one list", () => {
    const first = stored(pod([{ name: "a", image: "1" }]), "x");
    const both = stored(pod([{ name: "b", image: "2" }]), "y", first);
    expect(both.spec?.["containers"]).toEqual([
      { name: "a", image: "1" },
      { name: "b", image: "2" },
    ]);
    const without = stored(pod([]), "y", both);
    expect(without.spec?.["containers"]).toEqual([{ name: "a", image: "1" }]);
  });

  it("keeps an item that another manager owns something in", () => {
    const first = stored(pod([{ name: "a", image: "1" }]), "x");
    const both = stored(pod([{ name: "a", imagePullPolicy: "Never" }]), "y", first);
    const after = stored(pod([]), "x", both);
    expect(after.spec?.["containers"]).toEqual([{ name: "a", imagePullPolicy: "Never" }]);
  });

  it("knows ports apart by number and protocol, TCP being the default", () => {
    const port = (...ports: JsonObject[]): JsonObject => pod([{ name: "a", image: "1", ports }]);
    const first = stored(port({ containerPort: 53 }), "x");
    const next = stored(
      port(
        { containerPort: 53, protocol: "TCP", name: "dns" },
        { containerPort: 53, protocol: "UDP" },
      ),
      "x",
      first,
    );
    expect(next.spec?.["containers"]).toEqual([
      {
        name: "a",
        image: "1",
        ports: [
          { containerPort: 53, protocol: "TCP", name: "dns" },
          { containerPort: 53, protocol: "UDP" },
        ],
      },
    ]);
  });

  it("is idempotent, and the last configuration of one manager is all that stays", () => {
    const name = fc.constantFrom("a", "b", "c");
    const env = fc.uniqueArray(fc.record({ name, value: fc.string() }), {
      selector: (item) => item.name,
      maxLength: 3,
    });
    const container = fc.record({ name, image: fc.constantFrom("1", "2"), env });
    const config = fc.uniqueArray(container, { selector: (item) => item.name, maxLength: 3 });
    fc.assert(
      fc.property(config, config, (before, after) => {
        const once = stored(pod(after), "x", stored(pod(before), "x"));
        const twice = stored(pod(after), "x", once);
        const sorted = (object: KubernetesObject): unknown =>
          normalised(object.spec?.["containers"]);
        expect(sorted(once)).toEqual(normalised(after));
        expect(twice).toEqual(once);
      }),
    );
  });
});

/** In the order of names; an empty list counts as none. */
function normalised(value: unknown): unknown {
  if (!Array.isArray(value)) return value ?? [];
  return value
    .map((item: JsonObject) => ({
      ...item,
      env: item["env"] === undefined ? [] : normalised(item["env"]),
    }))
    .sort((a, b) => String(Reflect.get(a, "name")).localeCompare(String(Reflect.get(b, "name"))));
}

describe("patches", () => {
  it("merge by RFC 7386", () => {
    expect(mergePatch({ a: "b", c: { d: "e", f: "g" } }, { a: "z", c: { f: null } })).toEqual({
      a: "z",
      c: { d: "e" },
    });
    expect(mergePatch({ a: [{ b: "c" }] }, { a: [1] })).toEqual({ a: [1] });
    expect(mergePatch({}, { a: { bb: { ccc: null } } })).toEqual({ a: { bb: {} } });
  });

  it("merge lists by their key when strategic", () => {
    const live = pod([
      { name: "a", image: "1", args: ["x"] },
      { name: "b", image: "1" },
    ]);
    const patch = {
      spec: {
        "$setElementOrder/containers": [{ name: "a" }],
        containers: [
          { name: "a", image: "2" },
          { name: "b", $patch: "delete" },
        ],
      },
    };
    expect(strategicMerge(live, patch, POD)).toEqual(pod([{ name: "a", image: "2", args: ["x"] }]));
    expect(() => strategicMerge(live, { spec: { $strange: 1 } }, POD)).toThrow("not known");
  });

  it("follow RFC 6902", () => {
    const patched = jsonPatch({ a: [1, 2], "b/c": 1 }, [
      { op: "test", path: "/a/0", value: 1 },
      { op: "add", path: "/a/-", value: 3 },
      { op: "remove", path: "/a/0" },
      { op: "move", from: "/b~1c", path: "/d" },
    ]);
    expect(patched).toEqual({ a: [2, 3], d: 1 });
    expect(() => jsonPatch({ a: 1 }, [{ op: "replace", path: "/b", value: 1 }])).toThrow(
      "does not exist: /b",
    );
    expect(() => jsonPatch({}, { op: "add" })).toThrow("must be an array");
  });
});

describe("the schema", () => {
  it("names what it does not know, what cannot be read and what is not valid", () => {
    const found = check(
      {
        apiVersion: "v1",
        kind: "Pod",
        spec: {
          hostPID: true,
          containers: [{ name: 5, image: "i", ports: [{ containerPort: 0 }] }],
        },
      },
      POD,
    );
    expect(found.unknown).toEqual(["spec.hostPID"]);
    expect(found.undecodable).toEqual([
      "cannot unmarshal number into field spec.containers[0].name: a string is expected",
    ]);
    expect(found.invalid.map(({ field }) => field)).toEqual([
      "spec.containers[0].ports[0].containerPort",
    ]);
  });

  it("never repeats the value of a Secret that is not base64", () => {
    const found = check({ data: { password: "not base64!" } }, schemaOf("Secret"));
    expect(JSON.stringify(found)).not.toContain("not base64!");
    expect(found.invalid.map(({ field }) => field)).toEqual(["data.password"]);
  });
});

describe("selectors and quantities", () => {
  const labelled = (labels: Record<string, string>): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...meta, labels },
  });

  it.each([
    ["a=1", { a: "1" }, true],
    ["a!=1", {}, true],
    ["a in (1,2)", { a: "2" }, true],
    ["a notin (1,2)", { a: "2" }, false],
    ["a", { a: "" }, true],
    ["!a", { a: "" }, false],
    ["toygres.io/instance-id=x,b in (1, 2)", { "toygres.io/instance-id": "x", b: "2" }, true],
    ["constructor", {}, false],
    ["", {}, true],
  ])("%s on %j is %s", (selector, labels, matches) => {
    expect(labelSelector(selector)(labelled(labels))).toBe(matches);
  });

  it("refuses a selector that it cannot read", () => {
    expect(() => labelSelector("a = = b")).toThrow("unable to parse requirement");
  });

  it.each([
    ["1Gi", 1073741824],
    ["500m", 0.5],
    ["10G", 1e10],
    [2, 2],
  ])("%s is %d", (quantity, value) => {
    expect(bytesOf(quantity)).toBe(value);
  });
});
