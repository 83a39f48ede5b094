import { objectNames } from "../../../src/domain/names.ts";
import { deploy } from "../../support/deployed.ts";
import { contents, open } from "../../support/plans.ts";
import { comparing, different, EDITOR } from "../../support/comparing.ts";

const stage = comparing();

describe("comparing an instance shows no secret", () => {
  it("never shows what a Secret holds, only that somebody wrote to it or that a key is gone", async () => {
    const plan = await deploy(stage.local.cluster);
    const { certificateSecret } = objectNames(plan);
    await stage.hand.patch(
      { apiVersion: "v1", kind: "Secret", name: certificateSecret },
      { data: { "tls.crt": Buffer.from("somebody's").toString("base64"), "ca.crt": null } },
    );
    const comparison = await stage.local.cluster.compare(plan);

    expect(different(comparison)).toMatchObject([
      {
        name: certificateSecret,
        status: "changed",
        differences: [
          { field: 'data["tls.crt"]', change: "value", by: EDITOR },
          { field: 'data["ca.crt"]', change: "removed" },
        ],
      },
    ]);
    const text = JSON.stringify(comparison);
    for (const secret of ["canary", "somebody", Buffer.from("somebody's").toString("base64")]) {
      expect(text).not.toContain(secret);
    }
  });

  it("never shows what somebody put into the environment of the server", async () => {
    const plan = await deploy(stage.local.cluster);
    const { statefulSet } = objectNames(plan);
    const kind = { kind: "StatefulSet", namespace: "toygres", name: statefulSet };
    const stored = structuredClone(stage.local.server.store.get(kind)?.spec) as {
      template: { spec: { containers: { env: { name: string; value?: string }[] }[] } };
    };
    const [user] = stored.template.spec.containers[0]!.env;
    user!.value = "a-password-in-the-wrong-place";
    const { template } = stored;
    await stage.hand.patch(
      { apiVersion: "apps/v1", kind: "StatefulSet", name: statefulSet },
      { spec: { template } },
    );
    const comparison = await stage.local.cluster.compare(plan);

    expect(different(comparison)).toMatchObject([
      {
        differences: [
          {
            field: 'spec.template.spec.containers[name="postgres"].env[name="POSTGRES_USER"].value',
            change: "value",
            expected: "postgres",
          },
        ],
      },
    ]);
    expect(JSON.stringify(comparison)).not.toContain("wrong-place");
  });

  it("finds nothing of a certificate that Toygres itself has renewed", async () => {
    const plan = await deploy(stage.local.cluster);
    const { certificate } = contents("renewed");
    await stage.local.cluster.replaceCertificate(plan, certificate, open);
    expect(different(await stage.local.cluster.compare(plan))).toEqual([]);
  });
});
