import { differencesOf } from "../../../src/kubernetes/compare.ts";
import { sameQuantity } from "../../../src/kubernetes/quantity.ts";

const AT = "2026-11-21T08:00:00.000Z";
const LATER = "2026-11-21T09:00:00.000Z";

/** An entry of `managedFields` as a real cluster writes it. */
const owned = (manager: string, fieldsV1: object, time = AT) => ({
  manager,
  operation: manager === "toygres" ? "Apply" : "Update",
  time: new Date(time),
  fieldsV1,
});

const service = (spec: object, managedFields: object[] = []) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "pg-orders", namespace: "toygres", labels: { a: "b" }, managedFields },
  spec,
});

const compare = (expected: object, found: object, managedFields: object[] = []) =>
  differencesOf(service(expected), service(found, managedFields));

describe("an object compared with what we apply", () => {
  it("may have what the cluster fills in, in maps and in the items of lists", () => {
    const ports = {
      'k:{"port":5432,"protocol":"TCP"}': { ".": {}, "f:port": {}, "f:protocol": {} },
    };
    const managed = [owned("toygres", { "f:spec": { "f:type": {}, "f:ports": ports } })];
    const port = { port: 5432, protocol: "TCP" };
    expect(
      compare(
        { type: "ClusterIP", ports: [port] },
        {
          type: "ClusterIP",
          clusterIP: "10.0.0.7",
          ports: [
            { port: 80, protocol: "TCP" },
            { ...port, nodePort: 30_000 },
          ],
        },
        managed,
      ),
    ).toEqual([]);
  });

  it("may leave out what is empty", () => {
    expect(compare({ egress: [], selector: {} }, {})).toEqual([]);
  });

  it("may say the same quantity in other words, where quantities stand", () => {
    const resources = (memory: string) => ({
      resources: { requests: { memory } },
      sizeLimit: memory,
    });
    expect(compare(resources("1Gi"), resources("1024Mi"))).toEqual([]);
    expect(compare({ type: "1Gi" }, { type: "1024Mi" })).toHaveLength(1);
  });

  it("must have maps and lists as a whole that go together as a whole", () => {
    const managed = [owned("toygres", { "f:spec": { "f:selector": {}, "f:ranges": {} } })];
    const found = { selector: { app: "a", more: "b" }, ranges: ["10.0.0.0/8", "0.0.0.0/0"] };
    expect(
      compare({ selector: { app: "a" }, ranges: ["10.0.0.0/8"] }, found, managed),
    ).toMatchObject([
      { field: "spec.selector", change: "applied", found: found.selector },
      { field: "spec.ranges", change: "applied", found: found.ranges },
    ]);
  });

  it("names the one who wrote last, of all who own a field", () => {
    const field = { "f:spec": { "f:replicas": {} } };
    const managed = [
      owned("first", field, AT),
      owned("second", field, LATER),
      owned("status-writer", { "f:status": { "f:replicas": {} } }, LATER),
    ];
    expect(compare({ replicas: 1 }, { replicas: 2 }, managed)).toEqual([
      {
        field: "spec.replicas",
        change: "value",
        expected: 1,
        found: 2,
        by: { manager: "second", operation: "Update", at: LATER },
      },
    ]);
  });

  it("is as it should be when somebody else applies the same", () => {
    const field = { "f:spec": { "f:replicas": {} } };
    const managed = [owned("toygres", field), owned("argocd", field, LATER)];
    expect(compare({ replicas: 1 }, { replicas: 1 }, managed)).toEqual([]);
  });

  it("is compared by names where its record of owners was taken away", () => {
    const container = (image: string) => ({ name: "postgres", image });
    expect(
      compare(
        { containers: [container("postgres:18")] },
        { containers: [{ name: "sidecar" }, { ...container("postgres:17"), tty: false }] },
      ),
    ).toEqual([
      {
        field: 'spec.containers[name="postgres"].image',
        change: "value",
        expected: "postgres:18",
        found: "postgres:17",
      },
    ]);
  });

  it("says of an item that is gone that it is, and not of each of its fields", () => {
    const key = 'k:{"name":"data"}';
    const managed = [owned("somebody", { "f:spec": { "f:volumes": { [key]: { ".": {} } } } })];
    const volumes = [{ name: "data" }, { name: "tls", secret: { secretName: "s" } }];
    expect(compare({ volumes }, { volumes: [{ name: "data" }] }, managed)).toMatchObject([
      { field: 'spec.volumes[name="tls"]', change: "removed", expected: volumes[1] },
    ]);
  });

  it("is shown in part when it is long", () => {
    const [difference] = compare({ text: "short" }, { text: "x".repeat(10_000) });
    expect(difference?.found).toHaveLength(500);
  });

  it("is not compared by its name, kind and version", () => {
    const expected = { ...service({}), apiVersion: "v2" };
    expect(differencesOf(expected, service({}))).toEqual([]);
  });
});

describe("what may be secret", () => {
  const secret = (data: object, more: object = {}) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "pg-orders-control", namespace: "toygres", labels: { a: "b" }, ...more },
    data,
  });
  const CANARY = "c2VjcmV0LWNhbmFyeQ==";

  it.each([
    ["no record of owners", []],
    ["an empty one", [owned("kubectl", {})]],
    ["one without fields", [{ manager: "kubectl", operation: "Update", time: new Date(AT) }]],
    ["one that owns all of the metadata", [owned("kubectl", { "f:metadata": {} })]],
    ["one that owns all of the data", [owned("kubectl", { "f:data": {} })]],
    ["one that cannot be read", [owned("kubectl", { "f:data": "everything" })]],
  ])("of a Secret is never shown, with %s", (_what, managedFields) => {
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": CANARY };
    const found = secret({ password: CANARY, other: CANARY }, { managedFields, annotations });
    const differences = differencesOf(secret({ password: "", missing: "" }), found);
    expect(JSON.stringify(differences)).not.toContain(CANARY);
    expect(differences.map(({ field }) => field)).not.toEqual([]);
  });

  it.each(["args", "command", "env"])("is not shown of a container's %s", (field) => {
    const container = (value: object) => ({ name: "postgres", [field]: [value] });
    const differences = compare(
      { containers: [container({ name: "A", value: "a" })] },
      { containers: [container({ name: "A", value: "hunter2" })] },
    );
    expect(differences).toHaveLength(1);
    expect(JSON.stringify(differences)).not.toContain("hunter2");
  });
});

describe("quantities", () => {
  it.each([
    ["1Gi", "1024Mi"],
    ["100m", "0.1"],
    ["2", 2],
    ["1e3", "1k"],
    ["0", "0Mi"],
  ])("%s is %s", (one, other) => {
    expect(sameQuantity(one, other)).toBe(true);
  });

  it.each([
    ["1Gi", "1G"],
    ["1Gi", "1Gb"],
    ["", "0"],
    [undefined, "0"],
  ])("%s is not %s", (one, other) => {
    expect(sameQuantity(one, other)).toBe(false);
  });
});
