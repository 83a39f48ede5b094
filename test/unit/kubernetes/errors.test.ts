import { DomainError } from "../../../src/domain/errors.ts";
import { clusterError, isAlreadyExists, isNotFound } from "../../../src/kubernetes/errors.ts";

const doing = { what: 'apply Service "pg-orders-1a2b3c4d"' };

/** As the client library throws it: the body is JSON text, and the message embeds body and headers. */
function answer(code: number, status: object): Error {
  const body = JSON.stringify({ kind: "Status", ...status });
  return Object.assign(new Error(`HTTP-Code: ${code} Body: ${body} Headers: Bearer abc`), {
    code,
    body,
  });
}

function mapped(error: unknown, how = doing): DomainError {
  const ours = clusterError(error, how);
  if (ours instanceof DomainError) return ours;
  throw new Error("expected a DomainError", { cause: ours });
}

describe("an answer of the cluster", () => {
  it.each([
    [401, {}, "cluster-refused", false, "does not accept our credentials"],
    [403, { message: "no rights on pods" }, "cluster-refused", false, "no rights on pods"],
    [
      403,
      { message: "x", details: { causes: [{ reason: "NamespaceTerminating" }] } },
      "cluster-refused",
      false,
      "its namespace is being deleted",
    ],
    [
      404,
      { details: { kind: "namespaces" } },
      "cluster-refused",
      false,
      "its namespace does not exist",
    ],
    [409, { reason: "Conflict" }, "cluster-conflict", true, "changed or replaced meanwhile"],
    [422, { message: "spec.ports: Required" }, "cluster-refused", false, "spec.ports: Required"],
    [429, {}, "cluster-unavailable", true, "too much to do"],
    [500, { message: "etcdserver: no leader" }, "cluster-unavailable", true, "answers with 500"],
    [503, {}, "cluster-unavailable", true, "answers with 503"],
  ] as const)("with %i %j becomes %s", (code, status, ours, retryable, words) => {
    const error = mapped(answer(code, status));

    expect([error.code, error.retryable]).toEqual([ours, retryable]);
    expect(error.message).toContain(words);
    expect(error.message).toMatch(/^cannot apply Service "pg-orders-1a2b3c4d": /);
    expect(error.message).not.toContain("Bearer");
  });

  it("about a Secret shows none of the cluster's words, which may quote it", () => {
    const refusal = answer(422, { message: 'data[password]: Invalid value: "hunter2hunter2"' });
    const error = mapped(refusal, { ...doing, secret: true } as typeof doing);

    expect(error.message).not.toContain("hunter2");
  });

  it("is cut after 300 characters", () => {
    expect(mapped(answer(422, { message: "x".repeat(5_000) })).message.length).toBeLessThan(400);
  });

  it("that is no JSON is mapped all the same", () => {
    const html = Object.assign(new Error("x"), { code: 502, body: "<html>" });

    expect(mapped(html).code).toBe("cluster-unavailable");
  });

  it("tells what is missing from what exists already", () => {
    expect(isNotFound(answer(404, {}))).toBe(true);
    expect(isAlreadyExists(answer(409, { reason: "AlreadyExists" }))).toBe(true);
    expect(isAlreadyExists(answer(409, { reason: "Conflict" }))).toBe(false);
  });
});

describe("what to do about an answer", () => {
  it.each([
    [401, {}, /^Give the control plane credentials that the cluster takes: `TOYGRES_KUBECONFIG`/],
    [
      403,
      {
        message:
          'pods is forbidden: User "0000" cannot list resource "pods" in API group "" in the namespace "toygres": User does not have access to the resource in Azure. Update role assignment to allow access.',
      },
      /^Allow the control plane's identity to list pods in namespace "toygres", .* role `Azure Kubernetes Service RBAC Writer`\.$/,
    ],
    [
      403,
      {
        message:
          'namespaces is forbidden: User "0000" cannot list resource "namespaces" in API group "" at the cluster scope',
      },
      /^Allow the control plane's identity to list namespaces, with/,
    ],
    [403, { message: "no" }, /^Allow the control plane's identity to do this, with/],
    [
      403,
      { message: "x", details: { causes: [{ reason: "NamespaceTerminating" }] } },
      /^Wait until the namespace is gone/,
    ],
    [
      403,
      { message: 'pods "x" is forbidden: exceeded quota: compute, requested: memory=1Gi' },
      /^Raise the namespace's ResourceQuota/,
    ],
    [
      400,
      { message: 'admission webhook "validation.gatekeeper.sh" denied the request: no' },
      /^Exempt the namespace from the policy/,
    ],
    [404, { details: { kind: "namespaces" } }, /^Run `npm run setup:cluster`/],
    [409, { reason: "Conflict" }, /`managedFields`/],
    [429, {}, /^Wait, as it is tried again; if it goes on, spare the cluster's API/],
    [500, { message: "etcdserver: request timed out" }, /`kubectl get --raw '\/readyz\?verbose'`/],
  ])("with %i %j is in the error's details", (code, status, action) => {
    const { details } = mapped(answer(code, status));

    expect(details?.["action"]).toMatch(action);
  });

  it.each([404, 410, 422])("with %i is not known", (code) => {
    expect(mapped(answer(code, {})).details).toBeUndefined();
  });

  it("names what is forbidden of a Secret, too, of which nothing else is shown", () => {
    const words =
      'secrets "x" is forbidden: User "0000" cannot get resource "secrets" in API group "" in the namespace "toygres"';
    const { message, details } = mapped(answer(403, { message: words }), {
      ...doing,
      secret: true,
    } as typeof doing);

    expect(message).not.toContain("0000");
    expect(details?.["action"]).toContain('get secrets in namespace "toygres"');
  });
});

describe("a cluster that does not answer", () => {
  it.each([
    [
      Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } }),
      "nothing listens",
    ],
    [
      Object.assign(new TypeError("fetch failed"), {
        cause: { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
      }),
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    [new DOMException("The operation was aborted", "TimeoutError"), "does not answer in time"],
    [
      Object.assign(new Error("spawn kubelogin ENOENT"), {
        code: "ENOENT",
        syscall: "spawn kubelogin",
      }),
      "signing in",
    ],
  ])("becomes cluster-unavailable: %s", (error, words) => {
    const ours = mapped(error);

    expect(ours.code).toBe("cluster-unavailable");
    expect(ours.message).toContain(words);
    expect(ours.details?.["action"]).toMatch(/check that the cluster runs/);
  });

  it("leaves a mistake of ours what it is", () => {
    const mistake = new RangeError("a mistake of ours");

    expect(clusterError(mistake, doing)).toBe(mistake);
  });

  it("leaves an error of ours what it is", () => {
    const ours = new DomainError("overtaken", "not wanted any more");

    expect(clusterError(ours, doing)).toBe(ours);
  });
});
