import { randomUUID } from "node:crypto";
import { forgetTenant } from "../../../examples/composition/activities/forget-tenant.ts";
import { recordTenant } from "../../../examples/composition/activities/record-tenant.ts";
import { postgresStore } from "../../../examples/composition/postgres-store.ts";
import { activityContext } from "../../support/activity-context.ts";
import { withPostgres } from "../../support/postgres.ts";

const server = withPostgres();
const newTenant = (tenant: string) => ({ tenant, app: randomUUID(), reports: randomUUID() });

describe("record-tenant on a real database", () => {
  it("writes a tenant once however often it is run, and two at once", async () => {
    const { url } = await server.newDatabase();
    const stores = [postgresStore(url), postgresStore(url)];
    const acme = newTenant("acme");
    try {
      const run = (tenants: (typeof stores)[number]) =>
        recordTenant.run(acme, { tenants }, activityContext().context);
      await Promise.all(stores.map(run));
      expect(await run(stores[0]!)).toEqual({ tenant: "acme" });
      expect(await stores[1]!.find("acme")).toEqual(acme);
      expect(await stores[1]!.find("none")).toBeUndefined();
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  });

  it("forgets a tenant of these instances, twice is once, and none of other instances", async () => {
    const { url } = await server.newDatabase();
    const tenants = postgresStore(url);
    try {
      const { context } = activityContext();
      const acme = newTenant("acme");
      await recordTenant.run(acme, { tenants }, context);
      await forgetTenant.run(newTenant("acme"), { tenants }, context);
      expect(await tenants.find("acme")).toEqual(acme);
      await forgetTenant.run(acme, { tenants }, context);
      await forgetTenant.run(acme, { tenants }, context);
      expect(await tenants.find("acme")).toBeUndefined();
    } finally {
      await tenants.close();
    }
  });

  it("refuses another tenant of the same name, for good", async () => {
    const { url } = await server.newDatabase();
    const tenants = postgresStore(url);
    try {
      const { context } = activityContext();
      const acme = newTenant("acme");
      await recordTenant.run(acme, { tenants }, context);
      expect(await recordTenant.execute(newTenant("acme"), { tenants }, context)).toEqual({
        error: {
          code: "tenants::tenant-taken",
          message: 'tenant "acme" is there already, with other instances',
          retryable: false,
        },
      });
      expect(await tenants.find("acme")).toEqual(acme);
    } finally {
      await tenants.close();
    }
  });

  it("is worth another try while the database is away, and names no host", async () => {
    const { url } = await server.newDatabase();
    const away = new URL(url);
    away.port = "1";
    const tenants = postgresStore(away.href);
    try {
      const { context } = activityContext();
      expect(await recordTenant.execute(newTenant("acme"), { tenants }, context)).toEqual({
        error: {
          code: "metadata-unavailable",
          message: "the tenants' database does not answer",
          retryable: true,
        },
      });
    } finally {
      await tenants.close();
    }
  });
});
