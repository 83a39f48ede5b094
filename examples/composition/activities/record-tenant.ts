import { activity, DomainError } from "toygres";
import { z } from "zod";
import { Tenant, TenantName, type TenantStore } from "../tenant.ts";

export const recordTenant = activity({
  name: "tenants::activity::record-tenant",
  description: "Writes down which two instances serve a tenant",
  idempotent: true,
  input: Tenant,
  output: z.object({ tenant: TenantName }),
  retry: { attempts: 8, firstDelayMs: 500, backoff: 2, maxDelayMs: 10_000 },

  async run(tenant, { tenants }: { readonly tenants: Pick<TenantStore, "record"> }) {
    if (!(await tenants.record(tenant))) {
      throw new DomainError(
        "tenants::tenant-taken",
        `tenant "${tenant.tenant}" is there already, with other instances`,
      );
    }
    return { tenant: tenant.tenant };
  },
});
