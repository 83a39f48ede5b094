import { parseConfig } from "../../../src/config.ts";
import { failed, failureOf, ok, skipped, together, warning } from "../../../src/doctor/check.ts";
import { judgeAks, type AksDescription } from "../../../src/doctor/checks/aks.ts";
import { judgeHealth } from "../../../src/doctor/checks/app.ts";
import { judgeVersion } from "../../../src/doctor/checks/cluster.ts";
import { judgeConfiguration } from "../../../src/doctor/checks/configuration.ts";
import { judgeEgress } from "../../../src/doctor/checks/egress.ts";
import { judgeServer } from "../../../src/doctor/checks/metadata.ts";
import { judgeMigrations } from "../../../src/doctor/checks/migrations.ts";
import { judgeNamespace } from "../../../src/doctor/checks/namespaces.ts";
import { judgeDaemonSets } from "../../../src/doctor/checks/network-policy.ts";
import { judgeClock } from "../../../src/doctor/clock.ts";
import { judgeDatabaseError } from "../../../src/doctor/database.ts";
import { DomainError } from "../../../src/domain/errors.ts";

const DATABASE_URL = "postgres://toygres:canary@db.example:5432/toygres";
const GOOD = { DEFAULT_ALLOWED_CIDRS: "203.0.113.0/24", CONTROL_PLANE_CIDRS: "198.51.100.7/32" };

describe("several findings", () => {
  it("are as bad as the worst, which is told first, and each remedy is told once", () => {
    expect(
      together([ok("a"), warning("b", "do this"), failed("c", "do that"), failed("c", "do that")]),
    ).toEqual({ status: "failed", found: "c; b; a", fix: "do that do this" });
    expect(together([skipped("a"), ok("b")]).status).toBe("ok");
  });
});

describe("an error", () => {
  it("of ours is told with its action", () => {
    const error = new DomainError("cluster-refused", "no", { details: { action: "Do it." } });
    expect(failureOf(error)).toEqual({ status: "failed", found: "no", fix: "Do it." });
  });

  it("of ours without one is told with the remedy of its code", () => {
    expect(failureOf(new DomainError("cluster-unavailable", "no")).fix).toMatch(/\w/);
  });

  it("of others keeps its words, which can hold a secret", () => {
    const error = new TypeError("canary", { cause: { code: "ECONNRESET" } });
    expect(failureOf(error).found).toBe("the check ended with TypeError (ECONNRESET)");
  });
});

describe("the configuration", () => {
  it.each([
    [{}, "ok", "CLUSTER_REGION is not set"],
    [{}, "ok", "cluster by the pod's service account, metadata by DATABASE_URL"],
    [{ DEFAULT_ALLOWED_CIDRS: "" }, "warning", "DEFAULT_ALLOWED_CIDRS is empty"],
    [{ DEFAULT_ALLOWED_CIDRS: "10.0.0.0/8,0.0.0.0/0" }, "warning", "the whole Internet"],
    [{ DEFAULT_ALLOWED_CIDRS: "::/0" }, "warning", "the whole Internet"],
    [{ CONTROL_PLANE_CIDRS: "" }, "warning", "CONTROL_PLANE_CIDRS is empty"],
    [{ CONTROL_PLANE_CIDRS: "", INSTANCE_ACCESS: "port-forward" }, "ok", "=port-forward"],
  ])("%j is %s", (given, status, found) => {
    const config = parseConfig({ DATABASE_URL, ...GOOD, ...given });
    const seen = judgeConfiguration(config, "service-account");

    expect(seen.status).toBe(status);
    expect(seen.found).toContain(found);
    expect(JSON.stringify(seen)).not.toContain("canary");
  });
});

describe("what Azure says of the cluster", () => {
  const good: AksDescription = {
    region: "westeurope",
    isPrivate: false,
    isStopped: false,
    authorizedRanges: [],
    hasEntra: true,
    hasAzureRbac: true,
    hasLocalAccounts: false,
  };

  it.each<[Partial<AksDescription>, string | undefined, string, string]>([
    [{}, undefined, "ok", "connections from everywhere"],
    [{}, "westeurope", "ok", "in westeurope"],
    [{}, "northeurope", "warning", "in westeurope, while CLUSTER_REGION says northeurope"],
    [{ isStopped: true }, undefined, "failed", "the cluster is stopped"],
    [{ hasEntra: false }, undefined, "warning", "no sign-in with Entra"],
    [{ hasAzureRbac: false }, undefined, "ok", "rights by Roles and RoleBindings"],
    [{ hasLocalAccounts: true }, undefined, "warning", "local accounts are on"],
    [{ isPrivate: true }, undefined, "ok", "the API server is private"],
    [{ authorizedRanges: ["192.0.2.0/24"] }, undefined, "ok", "192.0.2.0/24 only"],
  ])("%j with CLUSTER_REGION %s is %s", (facts, wanted, status, found) => {
    const seen = judgeAks({ ...good, ...facts }, wanted);

    expect(seen.status).toBe(status);
    expect(seen.found).toContain(found);
  });
});

describe("a version of Kubernetes", () => {
  it.each([
    [{ major: "1", minor: "35", gitVersion: "v1.35.0" }, "ok"],
    [{ major: "1", minor: "29+", gitVersion: "v1.29.4-eks" }, "ok"],
    [{ major: "1", minor: "28", gitVersion: "v1.28.0" }, "warning"],
    [{ major: "2", minor: "0", gitVersion: "v2.0.0" }, "ok"],
    ["<html>", "failed"],
  ])("%j is %s", (answer, status) => {
    expect(judgeVersion(answer).status).toBe(status);
  });
});

describe("a clock", () => {
  const now = new Date("2026-11-27T12:00:00Z");
  it.each([
    [0, "ok", "agrees"],
    [30_000, "ok", "agrees"],
    [31_000, "warning", "31 s ahead of ours"],
    [-300_000, "warning", "300 s behind ours"],
    [301_000, "failed", "301 s ahead of ours"],
  ])("that is %d ms off is %s", (ms, status, found) => {
    const seen = judgeClock("the cluster", new Date(now.getTime() + ms), now);

    expect(seen.status).toBe(status);
    expect(seen.found).toContain(found);
  });
});

describe("a namespace", () => {
  const labels = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/audit": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
  };
  const enforce = "pod-security.kubernetes.io/enforce";
  it.each([
    ["with the labels", { labels: { ...labels, team: "x" } }, "ok", "restricted"],
    [
      "with a laxer one",
      { labels: { ...labels, [enforce]: "baseline" } },
      "failed",
      `lacks ${enforce}=restricted`,
    ],
    ["without labels", {}, "failed", "lacks"],
    ["that goes", { labels, deletionTimestamp: new Date() }, "failed", "is being deleted"],
    ["that is not there", undefined, "failed", "does not exist"],
  ])("%s", (_what, metadata, status, found) => {
    const seen = judgeNamespace("toygres", metadata);

    expect(seen.status).toBe(status);
    expect(seen.found).toContain(found);
  });
});

describe("the DaemonSets of kube-system", () => {
  const items = (...names: string[]) => ({ items: names.map((name) => ({ metadata: { name } })) });
  it.each([
    [200, items("kube-proxy", "cilium"), "ok", "enforced by Cilium"],
    [200, items("calico-node"), "ok", "enforced by Calico"],
    [200, items("kube-proxy"), "warning", "none of the engines that are known"],
    [403, { kind: "Status" }, "warning", "cannot be listed (403)"],
    [200, "nonsense", "warning", "cannot be listed"],
  ])("%d %j is %s", (status, body, expected, found) => {
    const seen = judgeDaemonSets(status, body);

    expect(seen.status).toBe(expected);
    expect(seen.found).toContain(found);
  });
});

describe("a metadata server", () => {
  const now = new Date();
  const good = { version: "18.1", number: 180_001, tls: true, now };
  it.each([
    ["db.example", {}, "ok", "over TLS"],
    ["db.example", { tls: false }, "warning", "without TLS to db.example"],
    ["localhost", { tls: false }, "ok", "on this machine"],
    ["db.example", { version: "13.9", number: 130_009 }, "failed", "13.9 is older than 14"],
    ["db.example", { now: new Date(now.getTime() - 600_000) }, "failed", "600 s behind ours"],
  ])("at %s with %j is %s", (host, over, status, found) => {
    const seen = judgeServer(host, { ...good, ...over }, now);

    expect(seen.status).toBe(status);
    expect(seen.found).toContain(found);
  });

  it.each([
    ["28P01", 'does not let user "toygres" in (28P01)'],
    ["ENOTFOUND", "db.example:5432: its name is not known"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "its certificate", "certificate"],
    ["57P03", "the server is starting or stopping"],
  ])("that fails with %s is told without the driver's words", (code, found, part = found) => {
    const seen = judgeDatabaseError(Object.assign(new Error("canary"), { code }), {
      url: DATABASE_URL,
    });

    expect(seen.status).toBe("failed");
    expect(seen.found).toContain(part);
    expect(JSON.stringify(seen)).not.toContain("canary");
  });

  it.each([
    [["0001_a", "0002_b"], "ok", "all 2 applied"],
    [["0001_a"], "failed", "not applied: 0002_b"],
    [["0001_a", "0002_b", "0003_c"], "ok", "of a newer version 0003_c"],
    [undefined, "failed", "never migrated"],
  ])("with migrations %j is %s", (applied, status, found) => {
    const seen = judgeMigrations(["0001_a", "0002_b"], applied);

    expect(seen.status).toBe(status);
    expect(seen.found).toContain(found);
  });
});

describe("the address that the metadata sees", () => {
  it.each([
    ["198.51.100.7", ["198.51.100.0/24"], "ok", "within CONTROL_PLANE_CIDRS"],
    ["198.51.100.7", ["203.0.113.0/24", "2001:db8::/32"], "warning", "not within"],
    ["2001:db8::7", ["2001:db8::/32"], "ok", "within"],
    ["10.1.2.3", [], "skipped", "a private address"],
    ["fd00::1", [], "skipped", "a private address"],
    [undefined, [], "skipped", "without a network"],
  ])("%s with CONTROL_PLANE_CIDRS %j is %s", (address, allowed, status, found) => {
    const seen = judgeEgress(address, allowed);

    expect(seen.status).toBe(status);
    expect(seen.found).toContain(found);
  });
});

describe("the app's answer at /health", () => {
  it.each([
    [200, { checks: { metadata: { status: "healthy", latencyMs: 2 } } }, "ok", "metadata 2 ms"],
    [503, { checks: { cluster: { status: "unhealthy", latencyMs: 2 } } }, "failed", "cluster"],
    [404, undefined, "failed", "no Toygres (404)"],
    [200, { checks: {} }, "failed", "no Toygres"],
  ])("%d %j is %s", (status, body, expected, found) => {
    const seen = judgeHealth(status, body);

    expect(seen.status).toBe(expected);
    expect(seen.found).toContain(found);
  });
});
