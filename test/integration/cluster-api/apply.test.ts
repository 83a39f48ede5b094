import type { V1ConfigMap, V1StatefulSet } from "@kubernetes/client-node";
import { KubernetesObjectApi, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { clusterWithClients, refusalOf, plain } from "./running-cluster.ts";

type Running = Awaited<ReturnType<typeof clusterWithClients>>;

const applying = setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply);

const statefulSet = (
  name: string,
  image: string,
  env: { name: string; value: string }[] = [],
): V1StatefulSet =>
  plain<V1StatefulSet>({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace: "default" },
    spec: {
      serviceName: "web",
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "postgres", image, env, ports: [{ containerPort: 5432 }] }] },
      },
    },
  });

describe("server-side apply", () => {
  let cluster: Running;
  beforeAll(async () => {
    cluster = await clusterWithClients();
  });
  afterAll(async () => cluster.remove());

  const applySet = (body: V1StatefulSet, fieldManager: string, force = false) =>
    cluster.apps.patchNamespacedStatefulSet(
      { name: body.metadata?.name ?? "", namespace: "default", body, fieldManager, force },
      applying,
    );

  const applyConfig = (
    name: string,
    data: Record<string, string>,
    fieldManager: string,
    force = false,
  ) =>
    cluster.core.patchNamespacedConfigMap(
      {
        name,
        namespace: "default",
        body: plain({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name, namespace: "default" },
          data,
        }),
        fieldManager,
        force,
      },
      applying,
    );

  it("creates what is absent and keeps the version when nothing changes", async () => {
    const first = await applySet(statefulSet("created", "postgres:17"), "toygres");
    const again = await applySet(statefulSet("created", "postgres:17"), "toygres");
    expect(first.metadata?.generation).toBe(1);
    expect(first.spec?.replicas).toBe(1);
    expect(again).toEqual(first);
  });

  it("changes an item of a keyed list by its key and counts the change of the spec", async () => {
    await applySet(
      statefulSet("changed", "postgres:17", [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
      ]),
      "toygres",
    );
    const changed = await applySet(
      statefulSet("changed", "postgres:18", [{ name: "A", value: "1" }]),
      "toygres",
    );
    const [container, ...more] = changed.spec?.template.spec?.containers ?? [];
    expect(more).toEqual([]);
    expect(container?.image).toBe("postgres:18");
    expect(container?.env).toEqual([{ name: "A", value: "1" }]);
    expect(changed.metadata?.generation).toBeGreaterThan(1);
  });

  it("removes what its owner no longer names and leaves what others own", async () => {
    await applyConfig("shared", { mine: "1", both: "1" }, "a");
    await applyConfig("shared", { both: "1", yours: "1" }, "b");
    const after = await applyConfig("shared", {}, "a");
    expect(after.data).toEqual({ both: "1", yours: "1" });
  });

  it("refuses another manager's change with the field, and takes it over when forced", async () => {
    await applyConfig("disputed", { key: "1" }, "first");
    const refusal = await refusalOf(applyConfig("disputed", { key: "2" }, "second"));
    expect(refusal).toMatchObject({
      code: 409,
      reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "first" using v1: .data.key',
      details: {
        causes: [
          {
            reason: "FieldManagerConflict",
            message: 'conflict with "first" using v1',
            field: ".data.key",
          },
        ],
      },
    });
    const forced = await applyConfig("disputed", { key: "2" }, "second", true);
    expect(forced.data?.["key"]).toBe("2");
    const back = await refusalOf(applyConfig("disputed", { key: "1" }, "first"));
    expect(back.details?.causes?.[0]?.message).toBe('conflict with "second" using v1');
  });

  it("conflicts with what a replace wrote, under the name of who replaced", async () => {
    await cluster.core.createNamespacedConfigMap({
      namespace: "default",
      fieldManager: "editor",
      body: plain<V1ConfigMap>({ metadata: { name: "edited" }, data: { a: "1" } }),
    });
    const refusal = await refusalOf(
      cluster.core.patchNamespacedConfigMap(
        {
          name: "edited",
          namespace: "default",
          fieldManager: "toygres",
          body: plain({ apiVersion: "v1", kind: "ConfigMap", data: { a: "2" } }),
        },
        applying,
      ),
    );
    expect(refusal.details?.causes?.map((cause) => cause.message)).toEqual([
      'conflict with "editor" using v1',
    ]);
  });

  it("needs a field manager", async () => {
    const refusal = await refusalOf(
      cluster.core.patchNamespacedConfigMap(
        {
          name: "x",
          namespace: "default",
          body: plain({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } }),
        },
        applying,
      ),
    );
    expect(refusal).toMatchObject({
      code: 422,
      reason: "Invalid",
      details: { causes: [{ field: "fieldManager" }] },
    });
  });

  it("serves the generic client for any kind", async () => {
    const api = KubernetesObjectApi.makeApiClient(cluster.kubeConfig);
    const spec = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "generic", namespace: "default" },
      stringData: { a: "hello" },
    };
    const applied = await api.patch(
      spec,
      undefined,
      undefined,
      "cp",
      true,
      PatchStrategy.ServerSideApply,
    );
    expect(applied).toMatchObject({ data: { a: "aGVsbG8=" }, type: "Opaque" });
  });

  it("refuses a field that it would not act upon, by its path", async () => {
    const set = statefulSet("unknown", "postgres:17");
    Object.assign(set.spec!.template.spec!, { hostNetwork: true });
    const refusal = await refusalOf(applySet(set, "toygres"));
    expect(refusal.code).toBe(400);
    expect(refusal.message).toContain('unknown field "spec.template.spec.hostNetwork"');
  });

  it("refuses a change of what a StatefulSet fixes at its creation", async () => {
    const set = statefulSet("fixed", "postgres:18");
    await applySet(set, "toygres");
    set.spec!.serviceName = "other";
    const refusal = await refusalOf(applySet(set, "toygres", true));
    expect(refusal).toMatchObject({
      code: 422,
      reason: "Invalid",
      details: { name: "fixed", group: "apps", kind: "StatefulSet", causes: [{ field: "spec" }] },
    });
  });
});
