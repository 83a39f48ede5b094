import { activity } from "toygres";
import { z } from "zod";
import { Tenant, TenantName, type TenantStore } from "../tenant.ts";

export const forgetTenant = activity({
  name: "tenants::activity::forget-tenant",
  description: "Takes back what record-tenant wrote, also when its answer was lost",
  idempotent: true,
  input: Tenant,
  output: z.object({ tenant: TenantName }),
  retry: { attempts: 8, firstDelayMs: 500, backoff: 2, maxDelayMs: 10_000 },

  async run(tenant, { tenants }: { readonly tenants: Pick<TenantStore, "forget"> }) {
    await tenants.forget(tenant);
    return { tenant: tenant.tenant };
  },
});
