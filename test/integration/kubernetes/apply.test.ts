import type { KubernetesObject } from "../../../local/cluster/store/object.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import { objectNames } from "../../../src/domain/names.ts";
import { serviceManifests, workloadManifests } from "../../../src/kubernetes/manifests.ts";
import { setUpNamespace } from "../../../src/kubernetes/setup.ts";
import { startLocalCluster, type LocalCluster } from "../../support/local-cluster.ts";
import { contents, newPlan, open } from "../../support/plans.ts";

let local: LocalCluster;
beforeAll(async () => {
  local = await startLocalCluster();
  await setUpNamespace({ kubeconfig: local.kubeconfig, namespace: "toygres" });
});
afterAll(async () => {
  await local.stop();
});
afterEach(() => {
  local.server.faults.clear();
});

const stored = (kind: string, name: string): KubernetesObject | undefined =>
  local.server.store.get({ kind, namespace: "toygres", name });

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return "none";
  } catch (error) {
    return error instanceof DomainError ? error.code : String(error);
  }
}

describe("applying an instance's objects", () => {
  it("makes them, and changes nothing the second time", async () => {
    const plan = newPlan();
    const names = objectNames(plan);
    const version = () => [
      stored("Service", names.service)?.metadata.resourceVersion,
      stored("StatefulSet", names.statefulSet)?.metadata.generation,
      stored("NetworkPolicy", names.networkPolicy)?.metadata.resourceVersion,
    ];

    expect(await local.cluster.apply("services", plan, open)).toEqual({ created: true });
    expect(await local.cluster.apply("workload", plan, open)).toEqual({ created: true });
    await local.cluster.endpoint(plan, "external", 5_000);
    const before = version();

    expect(await local.cluster.apply("services", plan, open)).toEqual({ created: false });
    expect(await local.cluster.apply("workload", plan, open)).toEqual({ created: false });
    expect(version()).toEqual(before);
  });

  it("brings every field that was rendered to the cluster", async () => {
    const plan = newPlan({ dnsLabel: "orders" });
    await local.cluster.apply("services", plan, open);
    await local.cluster.apply("workload", plan, open);

    for (const manifest of [...serviceManifests(plan), ...workloadManifests(plan)]) {
      expect(stored(manifest.kind, manifest.metadata.name)).toMatchObject(manifest);
    }
    // The client library drops what it does not know, and a rule without its sources lets everybody in.
    const policy = stored("NetworkPolicy", objectNames(plan).networkPolicy);
    expect(policy?.spec).toMatchObject({
      ingress: [{ from: [{ ipBlock: { cidr: "127.0.0.0/8" } }], ports: [{ port: 5432 }] }],
    });
  });

  it("is server-side apply by the one field manager", async () => {
    const plan = newPlan();
    await local.cluster.apply("services", plan, open);

    const managers = stored("Service", objectNames(plan).service)?.metadata.managedFields ?? [];
    expect(managers.filter(({ manager }) => manager === "toygres")).toMatchObject([
      { operation: "Apply" },
    ]);
  });

  it("completes a half-made instance", async () => {
    const plan = newPlan();
    const names = objectNames(plan);
    local.server.faults.add({ verb: "apply", kind: "NetworkPolicy", effect: { type: "cut" } });
    expect(await codeOf(local.cluster.apply("workload", plan, open))).toBe("cluster-unavailable");
    expect(stored("StatefulSet", names.statefulSet)).toBeUndefined();

    await local.cluster.apply("workload", plan, open);
    expect(stored("StatefulSet", names.statefulSet)).toBeDefined();
  });

  it("goes on after an answer that was lost", async () => {
    const plan = newPlan();
    local.server.faults.add({ verb: "apply", kind: "Service", effect: { type: "lose-reply" } });
    expect(await codeOf(local.cluster.apply("services", plan, open))).toBe("cluster-unavailable");

    await local.cluster.apply("services", plan, open);
    expect(await local.cluster.list(plan)).toHaveLength(2);
  });

  it("refuses an object of our name that is another's, and leaves it as it is", async () => {
    const plan = newPlan();
    const { service } = objectNames(plan);
    await local.server.store.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: service,
        namespace: "toygres",
        labels: { "toygres.io/instance-id": "another" },
      },
      spec: { clusterIP: "None" },
    });
    const before = stored("Service", service)?.metadata.resourceVersion;

    expect(await codeOf(local.cluster.apply("services", plan, open))).toBe("foreign-object");
    expect(stored("Service", service)?.metadata.resourceVersion).toBe(before);
    expect(await local.cluster.list(plan)).toEqual([]);
  });

  it("refuses an object without our label that we never wrote", async () => {
    const plan = newPlan();
    const name = objectNames(plan).config;
    await local.server.store.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "toygres" },
    });

    expect(await codeOf(local.cluster.apply("workload", plan, open))).toBe("foreign-object");
  });

  it("stops before the next side effect when the instance is no longer wanted", async () => {
    const plan = newPlan();
    let allowed = 1;
    const fence = async (): Promise<void> => {
      if (allowed === 0) throw new DomainError("overtaken", "not wanted");
      allowed -= 1;
    };

    expect(await codeOf(local.cluster.apply("services", plan, fence))).toBe("overtaken");
    expect(await local.cluster.list(plan)).toHaveLength(1);
  });

  it("says so when the namespace does not exist", async () => {
    const plan = newPlan({ namespace: "nowhere" });

    await expect(local.cluster.apply("services", plan, open)).rejects.toThrow(
      /^cannot apply Service "pg-orders-[0-9a-f]{8}": its namespace does not exist/,
    );
  });

  it.each([
    [401, "cluster-refused"],
    [403, "cluster-refused"],
    [409, "cluster-conflict"],
    [429, "cluster-unavailable"],
    [500, "cluster-unavailable"],
    [503, "cluster-unavailable"],
  ] as const)("maps an answer of %i to %s", async (code, expected) => {
    local.server.faults.add({ verb: "apply", effect: { type: "status", code } });

    expect(await codeOf(local.cluster.apply("services", newPlan(), open))).toBe(expected);
  });
});

describe("the Secrets of an instance", () => {
  it("are made once: a second run reads back what the first one made", async () => {
    const plan = newPlan();
    const first = contents("first").control;

    expect(await local.cluster.ensureSecret("control", plan, async () => first, open)).toEqual({
      created: true,
      contents: first,
    });
    const again = async () => contents("second").control;
    expect(await local.cluster.ensureSecret("control", plan, again, open)).toEqual({
      created: false,
      contents: first,
    });
    expect(await local.cluster.readSecret("control", plan)).toEqual(first);
  });

  it("are the same for all when many make them at once", async () => {
    const plan = newPlan();
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        local.cluster.ensureSecret(
          "bootstrap",
          plan,
          async () => contents(`run ${index}`).bootstrap,
          open,
        ),
      ),
    );

    expect(made.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(made.map((it) => it.contents.postgresPassword)).size).toBe(1);
  });

  it("are read back after an answer that was lost", async () => {
    const plan = newPlan();
    const first = contents("first").control;
    local.server.faults.add({ verb: "create", kind: "Secret", effect: { type: "lose-reply" } });
    const lost = local.cluster.ensureSecret("control", plan, async () => first, open);
    expect(await codeOf(lost)).toBe("cluster-unavailable");

    const again = async () => contents("second").control;
    const { created, contents: found } = await local.cluster.ensureSecret(
      "control",
      plan,
      again,
      open,
    );
    expect([created, found]).toEqual([false, first]);
  });

  it("cannot be changed, but for the certificate, which is replaced as a whole", async () => {
    const plan = newPlan();
    const next = contents("next").certificate;
    await local.cluster.ensureSecret(
      "certificate",
      plan,
      async () => contents("first").certificate,
      open,
    );
    await local.cluster.replaceCertificate(plan, next, open);
    await local.cluster.replaceCertificate(plan, next, open);

    expect(await local.cluster.readSecret("certificate", plan)).toEqual(next);
    const secret = stored("Secret", objectNames(plan).certificateSecret);
    expect(secret?.metadata.labels).toMatchObject({
      "toygres.io/instance-id": plan.instanceId,
      "app.kubernetes.io/version": "18",
    });
    expect(secret?.immutable).toBeUndefined();
  });

  it("are absent, foreign or unreadable in so many words", async () => {
    const plan = newPlan();
    expect(await local.cluster.readSecret("control", plan)).toBeUndefined();
    expect(
      await codeOf(local.cluster.replaceCertificate(plan, contents("x").certificate, open)),
    ).toBe("secret-unreadable");

    const labels = { "toygres.io/instance-id": plan.instanceId };
    const make = async (name: string, label: Record<string, string>): Promise<void> => {
      await local.server.store.create({
        apiVersion: "v1",
        kind: "Secret",
        type: "Opaque",
        metadata: { name, namespace: "toygres", labels: label },
        data: { password: "eA==" },
      });
    };
    await make(objectNames(plan).controlSecret, labels);
    await make(objectNames(plan).bootstrapSecret, {});

    expect(await codeOf(local.cluster.readSecret("control", plan))).toBe("secret-unreadable");
    expect(await codeOf(local.cluster.readSecret("bootstrap", plan))).toBe("foreign-object");
  });
});

describe("setting a cluster up", () => {
  it("enforces the restricted Pod Security Standard in the namespace", () => {
    expect(local.server.store.get({ kind: "Namespace", name: "toygres" })?.metadata.labels).toEqual(
      expect.objectContaining({ "pod-security.kubernetes.io/enforce": "restricted" }),
    );
  });

  it("refuses a StorageClass that keeps volumes, or that does not exist", async () => {
    await local.server.store.create({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "keeping" },
      provisioner: "example.com/disk",
      reclaimPolicy: "Retain",
    });
    const setup = { kubeconfig: local.kubeconfig, namespace: "toygres" };

    await expect(setUpNamespace({ ...setup, storageClass: "keeping" })).rejects.toThrow(
      'StorageClass "keeping" keeps volumes when their claim is deleted',
    );
    await expect(setUpNamespace({ ...setup, storageClass: "none" })).rejects.toThrow(
      'the cluster has no StorageClass "none"',
    );
  });
});
