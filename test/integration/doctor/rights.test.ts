import { neededRights } from "../../../src/doctor/checks/rights.ts";
import { kindNamed } from "../../../local/cluster/store/kinds.ts";
import type { Verb } from "../../../local/cluster/api/faults.ts";
import { setUpNamespace } from "../../../src/kubernetes/setup.ts";
import { startLocalCluster, type LocalCluster } from "../../support/local-cluster.ts";
import { contents, newPlan, open } from "../../support/plans.ts";

let local: LocalCluster;
const used = new Set<string>();

beforeAll(async () => {
  local = await startLocalCluster();
  await setUpNamespace({ kubeconfig: local.kubeconfig, namespace: "toygres" });
  // Every request asks the faults whether it is to go wrong.
  const { faults } = local.server;
  const take = faults.take.bind(faults);
  faults.take = (verb: Verb, kind, name) => {
    used.add(`${verb === "apply" ? "patch" : verb} ${kindNamed(kind)?.plural ?? kind}`);
    return take(verb, kind, name);
  };
});
afterAll(() => local.stop());

/** All that the control plane ever asks of the cluster, in the life of one instance. */
async function live(): Promise<void> {
  const { cluster } = local;
  const secrets = contents("live");
  const plan = newPlan();
  for (const kind of ["control", "bootstrap", "certificate"] as const)
    await cluster.ensureSecret(kind, plan, async () => secrets[kind], open);
  await Promise.all([
    // Before there is a Service, so that it has to wait for one.
    cluster.endpoint(plan, "external", 20_000),
    cluster.apply("services", plan, open),
  ]);
  await cluster.apply("workload", plan, open);
  while (!(await cluster.readiness(plan, 20_000)).ready);
  await cluster.replaceCertificate(plan, secrets.certificate, open);
  await cluster.readSecret("control", plan);
  await cluster.compare(plan);
  await cluster.leftovers(plan);
  for await (const page of cluster.labelled("toygres")) expect(page).toBeDefined();
  await cluster.remove(plan, 20_000);
}

it("lists each verb and kind that the code uses in the life of an instance", async () => {
  await live();
  const needed = new Set(
    neededRights({ namespaces: ["toygres"], instanceAccess: "direct" }).map(
      ({ verb, resource }) => `${verb} ${resource}`,
    ),
  );

  expect([...used].filter((one) => !needed.has(one))).toEqual([]);
  expect(used).toContain("watch pods");
  // What is listed and did not come up: a create is part of the apply that makes an object.
  const spare = [...needed].filter((one) => !used.has(one) && !one.startsWith("create "));
  expect(spare).toEqual([]);
});
