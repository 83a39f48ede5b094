import { library, provide, type Library, type Services } from "toygres";
import { forgetTenant } from "./activities/forget-tenant.ts";
import { recordTenant } from "./activities/record-tenant.ts";
import { testConnectionNotOlderThan } from "./activities/test-connection.ts";
import { provisionTenant } from "./orchestrators/provision-tenant.ts";
import type { TenantStore } from "./tenant.ts";

export interface TenantsOptions {
  readonly tenants: TenantStore;
  /** What the overridden activity of Toygres needs; the rest of Toygres' services stays out of sight. */
  readonly toygres: Pick<Services, "cluster" | "postgres" | "ledger" | "settings">;
  /** The oldest major version of PostgreSQL that a tenant may get. */
  readonly minimumMajor: number;
}

/** The library of this package: merge it after Toygres' own, one of whose activities it overrides. */
export function createTenants({ tenants, toygres, minimumMajor }: TenantsOptions): Library {
  const items = library("tenants", {
    orchestrations: [provisionTenant],
    activities: [recordTenant, forgetTenant],
    overrides: [testConnectionNotOlderThan(minimumMajor)],
  });
  return provide(items, { ...toygres, tenants });
}
