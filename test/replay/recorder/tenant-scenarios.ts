import { join } from "node:path";
import { provisionTenant } from "../../../examples/composition/orchestrators/provision-tenant.ts";
import { begin, casesOf } from "./moves.ts";
import type { Scenario } from "./stage.ts";

const tenants = casesOf(provisionTenant);

const environment = {
  args: ["--app", join(import.meta.dirname, "..", "..", "..", "examples", "composition")],
};

const wish = (tenant: string, reports: object) => ({
  ...{ tenant, allowedCidrs: ["127.0.0.0/8"], app: {}, reports },
});

/** Two sub-orchestrations side by side, and what is done when one of them fails. */
export const tenantScenarios: readonly Scenario[] = [
  {
    title: "a tenant gets two instances",
    environment,
    cases: tenants("succeeds"),
    async play(stage) {
      await begin(stage, provisionTenant, "tenant-acme", wish("acme", {}));
      await stage.keep("tenant-acme", "succeeds", { shows: /record-tenant/ });
    },
  },
  {
    title: "a tenant whose second instance breaks a rule is rolled back",
    environment,
    cases: tenants("rolled-back"),
    async play(stage) {
      await begin(stage, provisionTenant, "tenant-beta", wish("beta", { postgresVersion: "16" }));
      await stage.keep("tenant-beta", "rolled-back", { shows: /delete-instance/ });
    },
  },
];
