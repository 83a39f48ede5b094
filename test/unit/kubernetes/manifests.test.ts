import fc from "fast-check";
import type { InstancePlan } from "../../../src/domain/cluster.ts";
import {
  secretContents,
  secretManifest,
  serviceManifests,
  workloadManifests,
} from "../../../src/kubernetes/manifests.ts";
import { render } from "../../../src/kubernetes/templates.ts";

const plan: InstancePlan = {
  instanceId: "1a2b3c4d-0000-4000-8000-000000000000",
  namespace: "toygres",
  instanceName: "orders",
  postgresVersion: "18",
  storageSizeGb: 10,
  useLoadBalancer: true,
  dnsLabel: "orders-db",
  allowedCidrs: ["203.0.113.0/24", "2001:db8::/32"],
};

const control = { caCertificate: "ca", caKey: "key", controlPassword: "c0ntrol" };

/** What an object is without its values: keys, list lengths and types. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

describe("the manifests of an instance", () => {
  it("have a load balancer with source ranges and a DNS label", () => {
    expect(serviceManifests(plan)).toMatchSnapshot();
  });

  it("have a hardened pod, its volume, its configuration and its policy", () => {
    expect(workloadManifests(plan)).toMatchSnapshot();
  });

  it("have three Secrets, immutable but for the certificate", () => {
    expect([
      secretManifest("bootstrap", plan, { initSql: "SELECT 1;", postgresPassword: "s3cret" }),
      secretManifest("certificate", plan, { certificate: "crt", key: "key", ca: "ca" }),
      secretManifest("control", plan, control),
    ]).toMatchSnapshot();
  });

  it("carry the five labels on every object", () => {
    const all = [
      ...serviceManifests(plan),
      ...workloadManifests(plan),
      secretManifest("control", plan, control),
    ];

    for (const { metadata } of all) {
      expect(metadata.labels).toEqual({
        "app.kubernetes.io/name": "postgresql",
        "app.kubernetes.io/instance": "pg-orders-1a2b3c4d",
        "app.kubernetes.io/version": "18",
        "app.kubernetes.io/managed-by": "toygres",
        "toygres.io/instance-id": plan.instanceId,
      });
    }
  });

  it("have neither ranges nor DNS label on a Service without a load balancer", () => {
    const [service] = serviceManifests({ ...plan, useLoadBalancer: false });

    expect(service?.["spec"]).toEqual({
      type: "ClusterIP",
      selector: {
        "app.kubernetes.io/name": "postgresql",
        "toygres.io/instance-id": plan.instanceId,
      },
      ports: [{ name: "postgresql", port: 5432, targetPort: "postgresql", protocol: "TCP" }],
    });
    expect(service?.metadata.annotations).toBeUndefined();
  });

  it("never let everybody in when no ranges are given", () => {
    const policy = workloadManifests({ ...plan, allowedCidrs: [] }).find(
      ({ kind }) => kind === "NetworkPolicy",
    );

    expect(policy?.["spec"]).toMatchObject({ ingress: [{ from: [{ namespaceSelector: {} }] }] });
  });

  it("take images from a mirror, by digest, and volumes from the class that is asked for", () => {
    const text = JSON.stringify(
      workloadManifests(plan, {
        imageRegistry: "mirror.example.com/library",
        imageDigests: { "18": "sha256:abc" },
        storageClass: "fast",
      }),
    );

    expect(text).toContain('"image":"mirror.example.com/library/postgres:18@sha256:abc"');
    expect(text).toContain('"storageClassName":"fast"');
  });

  it("keep their shape whatever the names and versions are", () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom("a: b", "{}", "- x", "\n  injected: true", "__proto__", "null", "1e3", "*a"),
    );
    const expected = shapeOf([...serviceManifests(plan), ...workloadManifests(plan)]);

    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (instanceName, namespace, id, dnsLabel) => {
        const odd = { ...plan, instanceName, namespace, instanceId: id, dnsLabel };
        expect(shapeOf([...serviceManifests(odd), ...workloadManifests(odd)])).toEqual(expected);
      }),
    );
  });

  it("give a Secret's contents back as they went in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (controlPassword) => {
        fc.pre(controlPassword.isWellFormed());
        const contents = { ...control, controlPassword };
        const { data } = secretManifest("control", plan, contents) as {
          data?: Record<string, string>;
        };
        expect(secretContents("control", data)).toEqual(contents);
      }),
    );
  });

  it("are unreadable as a Secret when a part is missing", () => {
    expect(secretContents("control", { "ca.crt": "Y2E=", password: "eA==" })).toBeUndefined();
  });

  it("refuse a value for which the template has no place", () => {
    expect(() => render("service", [[["spec", "nowhere", "name"], "x"]])).toThrow(
      'template "service" has no place for spec.nowhere.name',
    );
  });
});
