import {
  allSettled,
  call,
  CreateInstance,
  DeleteInstance,
  DomainError,
  newGuid,
  orchestration,
  startOrchestration,
  type Context,
  type Durable,
} from "toygres";
import { z } from "zod";
import { forgetTenant } from "../activities/forget-tenant.ts";
import { recordTenant } from "../activities/record-tenant.ts";
import { TenantName, type Tenant } from "../tenant.ts";

/** What may be chosen for each instance: a part of what create-instance takes, with its own defaults. */
const Wish = CreateInstance.input.pick({
  postgresVersion: true,
  storageSizeGb: true,
  useLoadBalancer: true,
});

interface Ref {
  readonly instanceId: string;
  readonly instanceName: string;
}

export const provisionTenant = orchestration({
  name: "tenants::orchestration::provision-tenant",
  version: "1.0",
  description: "Creates a tenant's two instances side by side and records them: both or none",
  input: z.object({
    tenant: TenantName,
    allowedCidrs: z.array(z.string()).min(1),
    app: Wish.prefault({}),
    reports: Wish.prefault({}),
  }),
  output: z.object({ tenant: z.string(), app: z.string(), reports: z.string() }),
  uses: [CreateInstance, DeleteInstance, recordTenant, forgetTenant],

  *run(ctx, { tenant, allowedCidrs, ...wishes }) {
    const plan = (purpose: string): Ref => ({
      instanceId: newGuid(ctx),
      instanceName: `${tenant}-${purpose}`,
    });
    // The ids are chosen here, before anything is begun, so that it is known what to undo.
    const [app, reports] = [plan("app"), plan("reports")];
    const create = ({ instanceId, instanceName: name }: Ref, wish: z.output<typeof Wish>) =>
      startOrchestration(
        ctx,
        CreateInstance,
        { ...wish, instanceId, name, allowedCidrs },
        { instanceId: newGuid(ctx) },
      );

    // Set before the call: its effect may be there although its answer was lost.
    let recorded: Tenant | undefined;
    try {
      const [appMade, reportsMade] = yield* allSettled(ctx, [
        create(app, wishes.app),
        create(reports, wishes.reports),
      ]);
      if (!appMade.ok) throw appMade.error;
      if (!reportsMade.ok) throw reportsMade.error;
      recorded = { tenant, app: app.instanceId, reports: reports.instanceId };
      yield* call(ctx, recordTenant, recorded);
      return {
        tenant,
        app: appMade.value.ipConnectionString,
        reports: reportsMade.value.ipConnectionString,
      };
    } catch (error) {
      if (recorded !== undefined) yield* call(ctx, forgetTenant, recorded);
      yield* undo(ctx, [app, reports], error);
      throw error;
    }
  },
});

/** Deletes both, also the one that failed: its name is taken until then. */
function* undo(ctx: Context, refs: readonly Ref[], cause: unknown): Durable<void> {
  const outcomes = yield* allSettled(
    ctx,
    refs.map((ref) =>
      startOrchestration(
        ctx,
        DeleteInstance,
        { ...ref, namespace: "toygres" },
        { instanceId: newGuid(ctx) },
      ),
    ),
  );
  const left = refs.filter((_ref, index) => {
    const outcome = outcomes[index];
    return outcome?.ok === false && outcome.error.code !== "instance-not-found";
  });
  if (left.length === 0) return;
  const names = left.map(({ instanceName }) => `"${instanceName}"`).join(" and ");
  const why = cause instanceof DomainError ? `${cause.code}: ${cause.message}` : "an error";
  throw new DomainError(
    "tenants::undo-failed",
    `after ${why}; ${names} could not be deleted: send DELETE for each`,
  );
}
