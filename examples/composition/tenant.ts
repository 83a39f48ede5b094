import { z } from "zod";

export const TenantName = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/,
    "must be at most 30 lower-case letters, digits and hyphens, and begin with a letter",
  );

/** A tenant, and the ids of the instances that serve it. No connection strings: those are asked for when needed. */
export const Tenant = z.object({
  tenant: TenantName,
  app: z.uuid(),
  reports: z.uuid(),
});
export type Tenant = z.infer<typeof Tenant>;

/** Where tenants are kept; the port of this package. */
export interface TenantStore {
  /** Keeps a tenant; false when one of this name is there with other instances. Twice is once. */
  record(tenant: Tenant): Promise<boolean>;
  /** Forgets a tenant of these instances; one of other instances stays. Twice is once. */
  forget(tenant: Tenant): Promise<void>;
  find(tenant: string): Promise<Tenant | undefined>;
  close(): Promise<void>;
}
