import { provisionTenant } from "../../../examples/composition/orchestrators/provision-tenant.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import { drive, LOST, type Answer } from "../../support/drive.ts";

const CREATE = "toygres::orchestration::create-instance";
const DELETE = "toygres::orchestration::delete-instance";
const RECORD = "tenants::activity::record-tenant";
const FORGET = "tenants::activity::forget-tenant";

interface Spec {
  readonly name: string;
  readonly instanceId: string;
}

const created = ({ name }: Spec) => ({
  instanceName: name,
  namespace: "toygres",
  ipConnectionString: `postgresql://app@${name}.example:5432/app?sslmode=verify-full`,
  postgresVersion: "PostgreSQL 18.4",
  deploymentTimeSeconds: 2,
});
const deleted = ({ instanceName }: { instanceName: string }) => ({
  ...{ instanceName, deleted: true, removed: [] },
});
const good: Record<string, Answer> = {
  [CREATE]: created,
  [DELETE]: deleted,
  [RECORD]: ({ tenant }: { tenant: string }) => ({ tenant }),
  [FORGET]: ({ tenant }: { tenant: string }) => ({ tenant }),
};

const input = { tenant: "acme", allowedCidrs: ["203.0.113.0/24"] };
const provision = (answers: Record<string, Answer> = {}) =>
  drive(provisionTenant, input, { ...good, ...answers }, { version: "1.0" });

const failing =
  (wrong: string, code: DomainError["code"]): Answer =>
  (spec: Spec) => {
    if (spec.name === wrong) throw new DomainError(code, `"${wrong}" failed`);
    return created(spec);
  };

const named = (steps: Awaited<ReturnType<typeof provision>>["steps"], name: string) =>
  steps.flatMap((step) =>
    step.kind === "orchestration" && step.name === name
      ? [step.input as { instanceId: string; instanceName: string; name: string }]
      : [],
  );

describe("provision-tenant", () => {
  it("creates both instances before it waits, and records their ids", async () => {
    const { result, steps } = await provision();
    expect(result).toEqual({
      tenant: "acme",
      app: "postgresql://app@acme-app.example:5432/app?sslmode=verify-full",
      reports: "postgresql://app@acme-reports.example:5432/app?sslmode=verify-full",
    });
    const [app, reports] = named(steps, CREATE);
    expect([app?.name, reports?.name]).toEqual(["acme-app", "acme-reports"]);
    expect(steps.map(({ kind }) => kind)).toEqual(["orchestration", "orchestration", "activity"]);
    expect(steps[2]).toMatchObject({
      name: RECORD,
      input: { tenant: "acme", app: app?.instanceId, reports: reports?.instanceId },
    });
    // A child is given its parent's version: left to itself it would get the newest.
    expect(steps[0]).toMatchObject({ version: "1.0" });
  });

  it.each(["acme-app", "acme-reports"])("deletes both when %s fails", async (wrong) => {
    const { error, steps } = await provision({
      [CREATE]: failing(wrong, "tenants::version-too-old"),
    });
    expect(error).toMatchObject({ code: "tenants::version-too-old", message: `"${wrong}" failed` });
    expect(named(steps, DELETE).map(({ instanceName }) => instanceName)).toEqual([
      "acme-app",
      "acme-reports",
    ]);
    expect(named(steps, DELETE).map(({ instanceId }) => instanceId)).toEqual(
      named(steps, CREATE).map(({ instanceId }) => instanceId),
    );
    expect(steps.filter((step) => step.kind === "activity")).toEqual([]);
  });

  it("deletes both when the tenant cannot be recorded", async () => {
    const { error, steps } = await provision({
      [RECORD]: () => {
        throw new DomainError("tenants::tenant-taken", "there is one");
      },
    });
    expect(error).toMatchObject({ code: "tenants::tenant-taken" });
    expect(named(steps, DELETE)).toHaveLength(2);
  });

  it("takes a record back that was written although its answer was lost", async () => {
    const { error, steps } = await provision({ [RECORD]: () => LOST });
    expect(error).toMatchObject({ code: "activity-lost" });
    const last = steps.findLast((step) => step.kind === "activity");
    const recorded = steps.find((step) => step.kind === "activity" && step.name === RECORD);
    expect(last).toEqual({ ...recorded, name: FORGET });
    expect(named(steps, DELETE)).toHaveLength(2);
  });

  it("does not mind that an instance was never made", async () => {
    const { error } = await provision({
      [CREATE]: failing("acme-app", "name-taken"),
      [DELETE]: (ref: { instanceName: string }) => {
        if (ref.instanceName === "acme-app") throw new DomainError("instance-not-found", "none");
        return deleted(ref);
      },
    });
    expect(error).toMatchObject({ code: "name-taken" });
  });

  it("names what it could not delete, and why it wanted to", async () => {
    const { error } = await provision({
      [CREATE]: failing("acme-app", "pod-cannot-start"),
      [DELETE]: (ref: { instanceName: string }) => {
        if (ref.instanceName === "acme-reports") throw new DomainError("objects-remain", "one");
        return deleted(ref);
      },
    });
    expect(error).toMatchObject({
      code: "tenants::undo-failed",
      message:
        'after pod-cannot-start: "acme-app" failed; "acme-reports" could not be deleted: send DELETE for each',
    });
  });

  it.each([
    [{ ...input, tenant: "Acme" }, '"tenant": must be at most 30 lower-case letters'],
    [{ ...input, tenant: "a".repeat(31) }, '"tenant": must be at most 30'],
    [{ ...input, allowedCidrs: [] }, '"allowedCidrs"'],
    [{ ...input, app: { postgresVersion: "15" } }, '"app.postgresVersion"'],
  ])("refuses %j", async (wrong, why) => {
    // @ts-expect-error what a caller without types can send
    const { error } = await drive(provisionTenant, wrong, good);
    expect(error).toMatchObject({
      code: "invalid-input",
      message: expect.stringContaining(why) as unknown,
    });
  });
});
