import type {
  V1ConfigMap,
  V1DeleteOptions,
  V1PersistentVolumeClaim,
  V1Pod,
} from "@kubernetes/client-node";
import { clusterWithClients, refusalOf, plain } from "./running-cluster.ts";

const pod = (name: string, labels: Record<string, string> = {}): V1Pod =>
  plain<V1Pod>({
    metadata: { name, labels },
    spec: { containers: [{ name: "postgres", image: "postgres:17" }] },
  });

describe("objects of the cluster's API", () => {
  let cluster: Awaited<ReturnType<typeof clusterWithClients>>;
  beforeAll(async () => {
    cluster = await clusterWithClients({ tls: true, token: "a-token-of-the-test" });
  });
  afterAll(async () => cluster.remove());

  it("refuses who brings no token or a wrong one", async () => {
    const { default: https } = await import("node:https");
    const statusWith = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        https
          .get(`${cluster.url}/api/v1/pods`, { ca: cluster.ca, headers }, (response) =>
            resolve(response.resume().statusCode),
          )
          .on("error", reject);
      });
    expect(await statusWith({})).toBe(401);
    expect(await statusWith({ authorization: "Bearer wrong" })).toBe(401);
    expect(await statusWith({ authorization: "Bearer a-token-of-the-test" })).toBe(200);
  });

  it("answers absent, existing and misplaced objects as a real cluster does", async () => {
    const absent = await refusalOf(
      cluster.core.readNamespacedPod({ name: "none", namespace: "default" }),
    );
    expect(absent).toMatchObject({
      code: 404,
      reason: "NotFound",
      message: 'pods "none" not found',
      details: { name: "none", kind: "pods" },
    });
    await cluster.core.createNamespacedPod({ namespace: "default", body: pod("once") });
    const twice = await refusalOf(
      cluster.core.createNamespacedPod({ namespace: "default", body: pod("once") }),
    );
    expect(twice).toMatchObject({
      code: 409,
      reason: "AlreadyExists",
      message: 'pods "once" already exists',
    });
    const nowhere = await refusalOf(
      cluster.core.createNamespacedPod({ namespace: "nowhere", body: pod("lost") }),
    );
    expect(nowhere).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
    const set = await refusalOf(
      cluster.apps.readNamespacedStatefulSet({ name: "none", namespace: "default" }),
    );
    expect(set).toMatchObject({
      message: 'statefulsets.apps "none" not found',
      details: { group: "apps", kind: "statefulsets" },
    });
  });

  it.each([
    [
      "a name in upper case",
      { metadata: { name: "Upper" }, spec: { containers: [{ name: "a", image: "i" }] } },
      422,
      "metadata.name",
    ],
    [
      "no name",
      { metadata: {}, spec: { containers: [{ name: "a", image: "i" }] } },
      422,
      "metadata.name",
    ],
    [
      "no containers",
      { metadata: { name: "x" }, spec: { containers: [] } },
      422,
      "spec.containers",
    ],
    [
      "two containers of one name",
      {
        metadata: { name: "x" },
        spec: {
          containers: [
            { name: "a", image: "i" },
            { name: "a", image: "i" },
          ],
        },
      },
      422,
      "spec.containers[1]",
    ],
    [
      "a restart policy that does not exist",
      {
        metadata: { name: "x" },
        spec: { restartPolicy: "Maybe", containers: [{ name: "a", image: "i" }] },
      },
      422,
      "spec.restartPolicy",
    ],
    [
      "a port out of range",
      {
        metadata: { name: "x" },
        spec: { containers: [{ name: "a", image: "i", ports: [{ containerPort: 70000 }] }] },
      },
      422,
      "spec.containers[0].ports[0].containerPort",
    ],
  ])("refuses a pod with %s", async (_what, wrong, code, field) => {
    const refusal = await refusalOf(
      cluster.core.createNamespacedPod({ namespace: "default", body: plain<V1Pod>(wrong) }),
    );
    expect(refusal).toMatchObject({ code, reason: "Invalid" });
    expect(refusal.details?.causes?.map((cause) => cause.field)).toContain(field);
  });

  it("refuses a replace of an old version and takes one of the present version", async () => {
    const created = await cluster.core.createNamespacedConfigMap({
      namespace: "default",
      body: plain<V1ConfigMap>({ metadata: { name: "versions" }, data: { a: "1" } }),
    });
    const next = await cluster.core.replaceNamespacedConfigMap({
      name: "versions",
      namespace: "default",
      body: Object.assign(structuredClone(created), { data: { a: "2" } }),
    });
    expect(Number(next.metadata?.resourceVersion)).toBeGreaterThan(
      Number(created.metadata?.resourceVersion),
    );
    const refusal = await refusalOf(
      cluster.core.replaceNamespacedConfigMap({
        name: "versions",
        namespace: "default",
        body: Object.assign(structuredClone(created), { data: { a: "3" } }),
      }),
    );
    expect(refusal).toMatchObject({ code: 409, reason: "Conflict" });
    expect(refusal.message).toContain("the object has been modified");
  });

  it("deletes only the object with the uid that was asked for", async () => {
    await cluster.core.createNamespacedConfigMap({
      namespace: "default",
      body: plain<V1ConfigMap>({ metadata: { name: "guarded" } }),
    });
    const refusal = await refusalOf(
      cluster.core.deleteNamespacedConfigMap({
        name: "guarded",
        namespace: "default",
        body: plain<V1DeleteOptions>({ preconditions: { uid: "another" } }),
      }),
    );
    expect(refusal).toMatchObject({ code: 409, reason: "Conflict" });
    const { metadata } = await cluster.core.readNamespacedConfigMap({
      name: "guarded",
      namespace: "default",
    });
    const gone = await cluster.core.deleteNamespacedConfigMap({
      name: "guarded",
      namespace: "default",
      body: plain<V1DeleteOptions>({ preconditions: { uid: metadata?.uid ?? "" } }),
    });
    expect(gone).toMatchObject({
      status: "Success",
      details: { name: "guarded", kind: "configmaps" },
    });
  });

  it("keeps a claim that is being deleted until its finalizer is removed", async () => {
    const claim = {
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    };
    const created = await cluster.core.createNamespacedPersistentVolumeClaim({
      namespace: "default",
      body: plain<V1PersistentVolumeClaim>(claim),
    });
    expect(created.metadata?.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
    const deleted = await cluster.core.deleteNamespacedPersistentVolumeClaim({
      name: "data",
      namespace: "default",
    });
    expect(deleted.metadata?.deletionTimestamp).toBeInstanceOf(Date);
    await cluster.store.modify(
      { kind: "PersistentVolumeClaim", namespace: "default", name: "data" },
      (draft) => {
        delete draft.metadata.finalizers;
      },
    );
    expect(
      (
        await refusalOf(
          cluster.core.readNamespacedPersistentVolumeClaim({ name: "data", namespace: "default" }),
        )
      ).code,
    ).toBe(404);
  });

  it("selects by labels, and counts what a limit leaves over", async () => {
    for (const [name, tier] of [
      ["s1", "a"],
      ["s2", "b"],
      ["s3", "c"],
    ] as const) {
      await cluster.core.createNamespacedPod({
        namespace: "default",
        body: pod(name, { app: "selected", tier }),
      });
    }
    const names = async (labelSelector: string): Promise<(string | undefined)[]> =>
      (await cluster.core.listNamespacedPod({ namespace: "default", labelSelector })).items.map(
        (item) => item.metadata?.name,
      );
    expect(await names("app=selected")).toEqual(["s1", "s2", "s3"]);
    expect(await names("app=selected,tier in (a, c)")).toEqual(["s1", "s3"]);
    expect(await names("app==selected,tier notin (a),tier!=b")).toEqual(["s3"]);
    expect(await names("app=selected,!tier")).toEqual([]);
    const page = await cluster.core.listNamespacedPod({
      namespace: "default",
      labelSelector: "app=selected",
      limit: 2,
    });
    expect(page.metadata?.remainingItemCount).toBe(1);
    const rest = await cluster.core.listNamespacedPod({
      namespace: "default",
      labelSelector: "app=selected",
      limit: 2,
      _continue: page.metadata?._continue ?? "",
    });
    expect(rest.items.map((item) => item.metadata?.name)).toEqual(["s3"]);
  });
});
