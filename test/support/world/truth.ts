import type { InstanceRef } from "../../../src/domain/names.ts";
import { healthCheckId, kubernetesName } from "../../../src/domain/names.ts";
import type { World } from "./world.ts";

/** What a running instance is made of. */
const WHOLE = {
  Service: 2,
  StatefulSet: 1,
  Pod: 1,
  PersistentVolumeClaim: 1,
  NetworkPolicy: 1,
  ConfigMap: 1,
  Secret: 3,
} as const;
const KINDS = Object.keys(WHOLE) as (keyof typeof WHOLE)[];

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly steps: readonly { readonly name: string; readonly status: string }[];
  readonly result: { readonly cleanup?: { readonly remaining: readonly string[] } } | null;
}

export interface Seen {
  readonly instance:
    | {
        readonly state: string;
        readonly failure: { readonly code: string; readonly remaining?: readonly string[] } | null;
        readonly hasVerifier: boolean;
      }
    | undefined;
  readonly operations: readonly Row[];
  /** Number of objects by kind, found by label or by name. */
  readonly objects: Readonly<Record<string, number>>;
  /** Of the orchestrations that have not ended, those that stand still included. */
  readonly alive: readonly string[];
  readonly suspended: readonly string[];
  readonly events: readonly string[];
}

/** All that there is of an instance: rows, objects, orchestrations. */
export async function look(world: World, ref: InstanceRef): Promise<Seen> {
  const { database, cluster } = world;
  const [instance] = await database.rows(
    `select state, failure, password_verifier is not null as "hasVerifier"
     from instances where id = $1`,
    [ref.instanceId],
  );
  const operations = await database.rows(
    `select id, kind, status, error, steps, result from operations where instance_id = $1
     order by created_at, id`,
    [ref.instanceId],
  );
  const events = await database.rows(
    "select type from instance_events where instance_id = $1 order by id",
    [ref.instanceId],
  );
  const name = kubernetesName(ref);
  const objects: Record<string, number> = {};
  for (const kind of [...KINDS, "PersistentVolume"]) {
    const found = cluster.store
      .list(kind)
      .filter(
        ({ metadata, spec }) =>
          metadata.name.startsWith(name) ||
          metadata.labels?.["toygres.io/instance-id"] === ref.instanceId ||
          JSON.stringify(spec?.["claimRef"] ?? "").includes(`"${name}-data"`),
      );
    if (found.length > 0) objects[kind] = found.length;
  }
  const isOurs = (id: string): boolean =>
    id.includes(ref.instanceId) || operations.some((it) => id.includes(String(it["id"])));
  const alive = (await world.alive()).filter(isOurs);
  const suspended = (await world.alive(["Suspended"])).filter(isOurs);
  return {
    // The columns are those of the two queries above.
    instance: instance as Seen["instance"],
    operations: operations as unknown as readonly Row[],
    objects,
    alive,
    suspended,
    events: events.map(({ type }) => String(type)),
  };
}

/** Whether nothing moves any more but the health check of a running instance. */
export function isSettled(
  { instance, operations, alive, suspended }: Seen,
  ref: InstanceRef,
): boolean {
  const loop = healthCheckId(ref.instanceId);
  const wanted = instance?.state === "running" ? [loop] : [];
  return (
    operations.every(({ status }) => ["succeeded", "failed", "canceled"].includes(status)) &&
    alive.length === wanted.length &&
    wanted.every((id) => alive.includes(id) && !suspended.includes(id))
  );
}

/**
 * The same, asked of the world; cheaply as long as any operation or monitor in it goes on, since it is asked at each jump
 * of the clock.
 */
export async function hasSettled(world: World, ref: InstanceRef): Promise<boolean> {
  const isBusy = (await world.alive()).some((id) => !id.startsWith("health-"));
  return !isBusy && isSettled(await look(world, ref), ref);
}

/** Everything that is not as the design allows, each in a sentence; empty: all is well. */
export async function violations(world: World, ref: InstanceRef): Promise<string[]> {
  const seen = await look(world, ref);
  return [...ofOperations(seen), ...ofAll(seen, ref), ...ofState(seen, ref)];
}

/** The sentences whose condition holds. */
const those = (...all: readonly (readonly [boolean, string])[]): string[] =>
  all.filter(([holds]) => holds).map(([, sentence]) => sentence);

function ofOperations({ operations, alive }: Seen): string[] {
  return operations.flatMap(({ kind, status, error, steps, result }) => {
    const open = steps.filter((step) => step.status === "running").map(({ name }) => name);
    const ended = ["succeeded", "failed", "canceled"].includes(status);
    return those(
      [!ended, `the ${kind} is still ${status} (alive: ${alive.join(", ")})`],
      [status === "succeeded" && error !== null, `the ${kind} succeeded with an error`],
      [status === "failed" && error === null, `the ${kind} failed without an error`],
      [ended && open.length > 0, `the ${kind} has ended, and ${open.join(", ")} still runs`],
      [
        owesReceipt(kind, status, error) && result?.cleanup === undefined,
        `the ${kind} has no receipt`,
      ],
      [
        status === "succeeded" && (result?.cleanup?.remaining ?? []).length > 0,
        `the ${kind} succeeded and left ${JSON.stringify(result?.cleanup?.remaining)}`,
      ],
    );
  });
}

/** Whoever removed something says what: a delete that went through, a create that gave up and was not overtaken. */
function owesReceipt(kind: string, status: string, error: Row["error"]): boolean {
  if (kind === "delete") return status === "succeeded";
  return status !== "succeeded" && error !== null && error.code !== "overtaken";
}

function ofAll({ instance, operations, alive, events }: Seen, ref: InstanceRef): string[] {
  const others = alive.filter((id) => id !== healthCheckId(ref.instanceId));
  const times = (type: string): number => events.filter((it) => it === type).length;
  return those(
    [operations.filter(({ kind }) => kind === "create").length > 1, "it was created twice"],
    [others.length > 0, `still alive: ${others.join(", ")}`],
    [instance?.hasVerifier === true, "the password's verifier is still kept"],
    [times("instance.running") > 1, "it became running twice"],
    [times("instance.deleted") > 1, "it was deleted twice"],
  );
}

function ofState(
  { instance, operations, objects, alive, suspended }: Seen,
  ref: InstanceRef,
): string[] {
  const loops = alive.filter((id) => id === healthCheckId(ref.instanceId)).length;
  const there = JSON.stringify(objects);
  const isEmpty = Object.keys(objects).length === 0;
  switch (instance?.state) {
    case "running":
      return those(
        [!isWhole(objects), `it runs on ${there}`],
        [loops !== 1, "it runs without a health check"],
        [suspended.length > 0, "its health check stands still"],
        [
          operations.some(({ kind, status }) => kind === "create" && status !== "succeeded"),
          "it runs, and its create did not succeed",
        ],
      );
    case "failed":
    case "deleted":
      return those(
        [
          !isEmpty && (instance.failure?.remaining ?? []).length === 0,
          `${instance.state}, and left: ${there}`,
        ],
        [loops > 0, `${instance.state}, and its health check runs`],
        [instance.state === "failed" && instance.failure === null, "it failed without a reason"],
      );
    case undefined:
      return those([!isEmpty, `objects of nobody: ${there}`]);
    default:
      return [`the instance is still ${instance?.state ?? ""}`];
  }
}

function isWhole(found: Readonly<Record<string, number>>): boolean {
  return KINDS.every((kind) => found[kind] === WHOLE[kind]);
}
