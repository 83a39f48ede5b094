import { startCluster, type Cluster } from "../../../local/cluster/server.ts";
import {
  AGGREGATED,
  CLAIM,
  JSON_ONLY,
  NAMESPACE,
  PLAIN,
  POD,
  PROTOBUF,
  SET,
  TABLE,
  apply,
  get,
  remove,
  type Sent,
} from "./kubectl-requests.ts";

/** Recorded from kubectl 1.32 between it and this cluster; an older one may ask for less in its first Accept. */
describe("the requests of kubectl", () => {
  let cluster: Cluster;
  // A cluster for each test: some of them delete what others read.
  beforeEach(async () => {
    const workers = {
      async *readLog() {
        yield "a line\n";
        yield "another line\n";
      },
      stop: async () => undefined,
    };
    cluster = await startCluster({ start: async () => workers });
    for (const sent of [
      apply("/api/v1/namespaces/t", NAMESPACE),
      apply("/apis/apps/v1/namespaces/t/statefulsets/web", SET),
      apply("/api/v1/namespaces/t/pods/p", POD),
      apply("/api/v1/namespaces/t/persistentvolumeclaims/c", CLAIM),
    ]) {
      expect((await send(sent)).status).toBe(201);
    }
  });
  afterEach(async () => cluster.stop());

  const send = async ({
    method,
    path,
    accept,
    type,
    body,
  }: Sent): Promise<{ status: number; text: string; json: unknown }> => {
    const response = await fetch(`${cluster.url}${path}`, {
      method,
      headers: {
        accept,
        "user-agent": "kubectl/v1.32.4 (linux/amd64) kubernetes/59526cd",
        ...(type === undefined ? {} : { "content-type": type }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      json: text.startsWith("{") ? (JSON.parse(text) as unknown) : undefined,
    };
  };

  it("learn the kinds, groups and version", async () => {
    expect(await send(get("/version?timeout=5s", PLAIN))).toMatchObject({
      status: 200,
      json: { major: "1" },
    });
    expect(await send(get("/api?timeout=32s", AGGREGATED))).toMatchObject({
      json: { kind: "APIVersions", versions: ["v1"] },
    });
    expect(await send(get("/apis?timeout=32s", AGGREGATED))).toMatchObject({
      json: { kind: "APIGroupList" },
    });
    const core = await send(get("/api/v1?timeout=32s", PLAIN));
    expect(core.json).toMatchObject({ kind: "APIResourceList", groupVersion: "v1" });
    expect(core.text).toContain('"shortNames":["po"]');
    for (const group of [
      "apps",
      "networking.k8s.io",
      "storage.k8s.io",
      "rbac.authorization.k8s.io",
    ]) {
      expect(await send(get(`/apis/${group}/v1?timeout=32s`, PLAIN))).toMatchObject({
        status: 200,
        json: { groupVersion: `${group}/v1` },
      });
    }
    expect(
      (
        await send(
          get(
            "/openapi/v2?timeout=32s",
            "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
          ),
        )
      ).status,
    ).toBe(404);
  });

  it("apply --server-side again changes nothing", async () => {
    const first = await send(apply("/apis/apps/v1/namespaces/t/statefulsets/web", SET));
    const second = await send(apply("/apis/apps/v1/namespaces/t/statefulsets/web", SET));
    expect(first.status).toBe(200);
    expect(second.json).toEqual(first.json);
  });

  it.each([
    ["/api/v1/namespaces?limit=500", ["Name", "Status", "Age"]],
    ["/api/v1/nodes?limit=500", ["Name", "Status", "Roles", "Age", "Version"]],
    [
      "/api/v1/namespaces/t/pods?limit=500",
      ["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node"],
    ],
    [
      "/apis/apps/v1/namespaces/t/statefulsets?limit=500",
      ["Name", "Ready", "Age", "Containers", "Images"],
    ],
    [
      "/api/v1/namespaces/t/services?limit=500",
      ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector"],
    ],
    ["/api/v1/namespaces/t/secrets?limit=500", ["Name", "Type", "Data", "Age"]],
    [
      "/api/v1/namespaces/t/persistentvolumeclaims?limit=500",
      ["Name", "Status", "Volume", "Capacity", "Access Modes", "StorageClass", "Age"],
    ],
    [
      "/api/v1/namespaces/t/events?limit=500",
      ["Last Seen", "Type", "Reason", "Object", "Message", "Count", "Name"],
    ],
  ])("get %s prints a table", async (path, names) => {
    const { json } = await send(get(path, TABLE));
    expect(json).toMatchObject({
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      columnDefinitions: names.map((name) => ({ name })),
    });
  });

  it("get pods prints one row a pod", async () => {
    const { json } = await send(get("/api/v1/namespaces/t/pods?limit=500", TABLE));
    expect(json).toMatchObject({
      rows: [
        { cells: ["p", "0/1", "Pending", 0, expect.stringMatching(/^\d+s$/), "<none>", "<none>"] },
      ],
    });
  });

  it("describe finds the object, its pods and its events", async () => {
    const pod = await send(get("/api/v1/namespaces/t/pods/p", PROTOBUF));
    expect(pod).toMatchObject({ status: 200, json: { kind: "Pod" } });
    const stored = cluster.store.get({ kind: "Pod", namespace: "t", name: "p" })!;
    await cluster.store.recordEvent(stored, {
      type: "Warning",
      reason: "Failed",
      message: "no such image",
      component: "kubelet",
    });
    await cluster.store.recordEvent(stored, {
      type: "Warning",
      reason: "Failed",
      message: "no such image",
      component: "kubelet",
    });
    const selector = encodeURIComponent(
      `involvedObject.name=p,involvedObject.namespace=t,involvedObject.uid=${stored.metadata.uid}`,
    );
    expect(
      await send(get(`/api/v1/namespaces/t/events?fieldSelector=${selector}&limit=500`, PROTOBUF)),
    ).toMatchObject({
      json: {
        kind: "EventList",
        items: [{ reason: "Failed", count: 2, message: "no such image" }],
      },
    });
    expect(
      await send(get("/api/v1/namespaces/t/pods?labelSelector=app%3Dweb&limit=500", PROTOBUF)),
    ).toMatchObject({
      json: { kind: "PodList", items: [{ metadata: { name: "p" } }] },
    });
    const bound = encodeURIComponent(
      "spec.nodeName=n,status.phase!=Failed,status.phase!=Succeeded",
    );
    expect(
      await send(get(`/api/v1/pods?fieldSelector=${bound}&limit=500`, PROTOBUF)),
    ).toMatchObject({ json: { items: [] } });
  });

  it("logs reads the one container's log", async () => {
    const { status, text } = await send(
      get("/api/v1/namespaces/t/pods/p/log?container=a&tailLines=5", PLAIN),
    );
    expect({ status, text }).toEqual({ status: 200, text: "a line\nanother line\n" });
    const other = await send(get("/api/v1/namespaces/t/pods/p/log?container=b", PLAIN));
    expect(other).toMatchObject({
      status: 400,
      json: { message: "container b is not valid for pod p" },
    });
  });

  it("exec and port-forward are refused with what to do instead", async () => {
    const exec = await send({
      method: "POST",
      path: "/api/v1/namespaces/t/pods/p/exec?command=ls",
      accept: PLAIN,
    });
    expect(exec).toMatchObject({
      status: 400,
      json: { kind: "Status", message: expect.stringContaining("runs no commands") },
    });
    const forward = await send({
      method: "POST",
      path: "/api/v1/namespaces/t/pods/p/portforward",
      accept: PLAIN,
    });
    expect(forward).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining("connect to it directly") },
    });
  });

  it("apply without --server-side patches by keys", async () => {
    const created = await send({
      method: "POST",
      path: "/api/v1/namespaces/t/services?fieldManager=kubectl-client-side-apply&fieldValidation=Ignore",
      accept: JSON_ONLY,
      type: JSON_ONLY,
      body: '{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"t"},"spec":{"ports":[{"name":"a","port":1},{"name":"b","port":2}]}}',
    });
    expect(created.status).toBe(201);
    const patched = await send({
      method: "PATCH",
      path: "/api/v1/namespaces/t/services/s?fieldManager=kubectl-client-side-apply",
      accept: JSON_ONLY,
      type: "application/strategic-merge-patch+json",
      body: '{"spec":{"$setElementOrder/ports":[{"port":2},{"port":3}],"ports":[{"$patch":"delete","port":1},{"name":"c","port":3}]}}',
    });
    expect(patched).toMatchObject({
      status: 200,
      json: {
        spec: {
          ports: [
            { name: "b", port: 2, targetPort: 2 },
            { name: "c", port: 3 },
          ],
        },
      },
    });
  });

  it("label merges", async () => {
    const labelled = await send({
      method: "PATCH",
      path: "/api/v1/namespaces/t?fieldManager=kubectl-label",
      accept: JSON_ONLY,
      type: "application/merge-patch+json",
      body: '{"metadata":{"labels":{"a":"b"}}}',
    });
    expect(labelled).toMatchObject({
      json: { metadata: { labels: { a: "b", "kubernetes.io/metadata.name": "t" } } },
    });
  });

  it("delete removes and sees that it is gone", async () => {
    const set = await send(
      remove("/apis/apps/v1/namespaces/t/statefulsets/web", '{"propagationPolicy":"Background"}\n'),
    );
    expect(set).toMatchObject({
      status: 200,
      json: {
        kind: "Status",
        status: "Success",
        details: { name: "web", group: "apps", kind: "statefulsets" },
      },
    });
    expect((await send(get("/apis/apps/v1/namespaces/t/statefulsets/web", JSON_ONLY))).status).toBe(
      404,
    );
    const pod = await send(
      remove(
        "/api/v1/namespaces/t/pods/p",
        '{"gracePeriodSeconds":0,"propagationPolicy":"Background"}\n',
      ),
    );
    expect(pod).toMatchObject({ status: 200, json: { kind: "Pod" } });
  });

  it("a dry run is refused, not ignored", async () => {
    const dry = await send({
      ...apply("/api/v1/namespaces/dry", NAMESPACE.replace('"t"', '"dry"')),
      path: "/api/v1/namespaces/dry?fieldManager=kubectl&dryRun=All",
    });
    expect(dry.status).toBe(400);
    expect((await send(get("/api/v1/namespaces/dry", JSON_ONLY))).status).toBe(404);
  });
});
