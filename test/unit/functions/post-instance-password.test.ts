import { DomainError } from "../../../src/domain/errors.ts";
import { postInstancePassword } from "../../../src/functions/post-instance-password.ts";
import { api, CONTROL_PASSWORD, cluster, GENERATED_PASSWORD } from "../../support/api.ts";
import { anInstance, MemoryCatalog } from "../../support/memory-catalog.ts";

const PASSWORD = "correct horse battery";
const params = { id: "orders" };
const having = (of: Parameters<typeof anInstance>[0] = {}) => ({
  catalog: new MemoryCatalog({ instances: [anInstance(of)] }),
});

describe("POST /instances/{id}/password", () => {
  it("gives the running server the verifier of the password, and answers nothing", async () => {
    const { catalog } = having();
    const { call, passwordsSet } = api({ catalog });
    const { status, headers, body, everything } = await call(postInstancePassword, {
      params,
      body: { password: PASSWORD },
    });
    expect([status, body]).toEqual([200, {}]);
    expect(headers).toEqual({ "cache-control": "no-store" });
    expect(passwordsSet).toMatchObject([
      {
        target: { address: "10.0.0.7", serverName: "pg-orders-1a2b3c4d.toygres.svc" },
        verifier: "verifier of 21 characters",
      },
    ]);
    expect(catalog.events).toMatchObject([{ type: "password.changed" }]);
    for (const secret of [PASSWORD, CONTROL_PASSWORD, "verifier of"]) {
      expect(everything + JSON.stringify(catalog.events)).not.toContain(secret);
    }
  });

  it("dials the address that the load balancer gave", async () => {
    const { call, passwordsSet } = api(having({ externalIp: "198.51.100.7" }));
    await call(postInstancePassword, { params });
    expect(passwordsSet).toMatchObject([{ target: { address: "198.51.100.7" } }]);
  });

  it.each([
    ["no body", undefined],
    ["an empty object", {}],
  ])("makes a password for %s and gives it back once", async (_what, body) => {
    const answer = await api(having()).call(postInstancePassword, { params, body });
    expect([answer.status, answer.body]).toEqual([200, { password: GENERATED_PASSWORD }]);
    expect(answer.everything.split(GENERATED_PASSWORD)).toHaveLength(2);
  });

  it.each([
    ["a short password", { password: "short" }, "invalid-password", "/password"],
    ["a number", { password: 1 }, "invalid-request", "/password"],
    ["another field", { newPassword: PASSWORD }, "invalid-request", "/newPassword"],
    ["null", "null", "invalid-request", ""],
  ])("refuses %s and sets nothing", async (_what, body, code, pointer) => {
    const { call, passwordsSet } = api(having());
    const answer = await call(postInstancePassword, { params, body });
    expect(answer.body).toMatchObject({ status: 400, code, errors: [{ pointer }] });
    expect(passwordsSet).toEqual([]);
  });

  it.each(["creating", "deleting", "failed"] as const)("is 409 while it is %s", async (state) => {
    const { body } = await api(having({ state })).call(postInstancePassword, { params });
    expect(body).toMatchObject({
      status: 409,
      code: "instance-not-running",
      detail: expect.stringContaining(state) as unknown,
    });
  });

  it("is 404 for an unknown instance", async () => {
    const { body } = await api().call(postInstancePassword, { params });
    expect(body).toMatchObject({ status: 404, code: "instance-not-found" });
  });

  const rejecting = (code: ConstructorParameters<typeof DomainError>[0]) => async () =>
    Promise.reject(new DomainError(code, "the server said no"));
  const server = { test: rejecting("internal"), reload: rejecting("internal") };

  it.each([
    [
      "does not answer",
      { postgres: { ...server, setUserPassword: rejecting("instance-unreachable") } },
    ],
    ["refuses", { postgres: { ...server, setUserPassword: rejecting("instance-refused") } }],
    ["has no address", { cluster: { ...cluster, endpoint: async () => ({}) } }],
    ["has no Secret", { cluster: { ...cluster, readSecret: async () => undefined } }],
    ["is being taken down", { cluster: { ...cluster, readSecret: rejecting("cluster-conflict") } }],
    ["may not be read", { cluster: { ...cluster, readSecret: rejecting("cluster-refused") } }],
  ])("is 503 when the server %s", async (_what, services) => {
    const answer = await api({ ...having(), ...services }).call(postInstancePassword, {
      params,
      body: { password: PASSWORD },
    });
    expect(answer.body).toMatchObject({ status: 503, code: "instance-unreachable" });
    expect(answer.headers).toHaveProperty("retry-after");
    expect(answer.everything).not.toContain(PASSWORD);
  });
});
