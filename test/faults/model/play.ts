import { z } from "zod";
import { noFaults } from "../../../local/functions-host/engine/faults.ts";
import { TaskHubError } from "../../../local/functions-host/engine/task-hub.ts";
import { InstanceState } from "../../../src/domain/instance.ts";
import { healthCheckId, kubernetesName } from "../../../src/domain/names.ts";
import { hasSettled, look, violations } from "../../support/world/truth.ts";
import type { World } from "../../support/world/world.ts";
import type { Accepted, Model } from "./model.ts";
import type { Step } from "./step.ts";

/** One sequence in the world: the names that it uses are its own. */
export interface Real {
  readonly world: World;
  readonly prefix: string;
}

const SETTLE_MS = 2 * 3_600_000;
const Created = z.object({
  instance: z.object({ id: z.string() }),
  operation: z.object({ id: z.string() }),
});
const Operation = z.object({ id: z.string() });

const refOf = ({ id, name }: Accepted) => ({
  ...{ instanceId: id, instanceName: name, namespace: "toygres" },
});

/** Does a step and throws a sentence when what comes of it is not what the model allows. */
export async function play(step: Step, model: Model, { world, prefix }: Real): Promise<void> {
  if (isRequest(step)) await ask(step, model, world, `${prefix}-${step.name}`);
  else if ("name" in step) await harm(step, model, world, `${prefix}-${step.name}`);
  else await suffer(step, world);
  await refresh(model, world);
}

type Request = Extract<
  Step,
  {
    readonly do: "create" | "create-twice-at-once" | "delete" | "delete-twice-at-once" | "cancel";
  }
>;
type Harm = Exclude<Extract<Step, { readonly name: number }>, Request>;
type Circumstance = Exclude<Step, Request | Harm>;

function isRequest(step: Step): step is Request {
  return /^(create|delete|cancel)/.test(step.do);
}

/** What a user does. */
async function ask(step: Request, model: Model, world: World, name: string): Promise<void> {
  switch (step.do) {
    case "create":
      return create(model, world, name, step.key);
    case "create-twice-at-once":
      await Promise.all([1, 2].map(() => create(model, world, name, step.key)));
      return;
    case "delete":
      return remove(model, world, name);
    case "delete-twice-at-once":
      await Promise.all([1, 2].map(() => remove(model, world, name)));
      return;
    case "cancel":
      return cancel(model, world, name);
  }
}

/** What befalls one instance. */
async function harm(step: Harm, model: Model, world: World, name: string): Promise<void> {
  switch (step.do) {
    case "pods":
      world.behaviours.set(name, {
        neverReady: step.are === "never-ready",
        pullFails: step.are === "no-image",
      });
      return;
    case "kill-pod":
      return killPod(model, world, name);
    case "terminate":
    case "purge":
    case "suspend":
      return fromOutside(step, model, world, name);
  }
}

/** What befalls all. */
async function suffer(step: Circumstance, world: World): Promise<void> {
  const { clock, cluster, metadata, hosts } = world;
  switch (step.do) {
    case "wait":
      await world.run(() => false, step.seconds * 1_000);
      return;
    case "sweep":
      return world.sweep();
    case "engine": {
      let left = step.after;
      const activity = () => {
        left -= 1;
        return left === -1 ? { do: step.fault } : null;
      };
      hosts.faults = { ...noFaults, activity };
      return;
    }
    case "api": {
      const { fault, after, times } = step;
      const effect =
        typeof fault === "number" ? { type: "status" as const, code: fault } : { type: fault };
      cluster.faults.add({ nth: after + 1, times, effect });
      return;
    }
    case "metadata-gone":
      metadata.down();
      clock.after(step.seconds * 1_000, () => metadata.up());
      return;
    case "backend-gone":
      world.durableGone = true;
      clock.after(step.seconds * 1_000, () => (world.durableGone = false));
  }
}

function fail(sentence: string): never {
  throw new Error(sentence);
}

async function create(model: Model, world: World, name: string, key?: number): Promise<void> {
  const header = key === undefined ? undefined : `${name}-key-${key}`;
  const before = model.live(name);
  const { status, body } = await world.request(
    "POST",
    "/instances",
    { name, storageSizeGb: 1 },
    header === undefined ? {} : { "idempotency-key": header },
  );
  if (status === 202) {
    const { instance, operation } = Created.parse(body);
    keep(model, { id: instance.id, name, create: operation.id, state: "creating" }, before, header);
  } else if (status === 409) {
    if (model.live(name) === undefined) fail(`"${name}" is free, and POST says that it is taken`);
  } else if (status !== 503) {
    fail(`POST answered ${status}: ${JSON.stringify(body)}`);
  }
}

/** Takes in what a POST has accepted, beside what was there before it. */
function keep(
  model: Model,
  accepted: Accepted,
  before: Accepted | undefined,
  key: string | undefined,
): void {
  const { id, name } = accepted;
  const known = key === undefined ? undefined : model.keys.get(key);
  if (known !== undefined && known !== id) fail(`key ${key ?? ""} made another instance`);
  if (key !== undefined) model.keys.set(key, id);
  if (model.accepted.some((it) => it.id === id)) return;
  if (before !== undefined && before.state !== "deleting" && before.state !== "deleted")
    fail(`"${name}" was given twice, while the first was ${before.state}`);
  model.accepted.push(accepted);
}

async function remove(model: Model, world: World, name: string): Promise<void> {
  const live = model.live(name);
  const { status, body } = await world.request("DELETE", `/instances/${name}`);
  if (status === 503) return;
  if (status === 202) {
    const { id } = Operation.parse(body);
    if (live === undefined) fail(`"${name}" does not exist, and DELETE was accepted`);
    live.delete = id;
    return;
  }
  if (status !== 404) fail(`DELETE answered ${status}: ${JSON.stringify(body)}`);
  if (live !== undefined && live.state !== "deleting")
    fail(`"${name}" is there, and DELETE says 404`);
}

async function cancel(model: Model, world: World, name: string): Promise<void> {
  const latest = model.latest(name);
  if (latest === undefined) return;
  const { status } = await world.request("POST", `/operations/${latest.create}/cancel`);
  if (![202, 409, 503].includes(status)) fail(`cancel answered ${status}`);
}

async function killPod(model: Model, { cluster }: World, name: string): Promise<void> {
  const live = model.live(name);
  if (live === undefined) return;
  const pod = `${kubernetesName(refOf(live))}-0`;
  const ref = { kind: "Pod", namespace: "toygres", name: pod };
  if (cluster.store.get(ref) !== undefined) await cluster.store.delete(ref);
}

async function fromOutside(
  step: Extract<Step, { readonly what: string }>,
  model: Model,
  world: World,
  name: string,
): Promise<void> {
  const latest = model.latest(name);
  const id = {
    create: latest?.create,
    delete: latest?.delete,
    "health-check": latest && healthCheckId(latest.id),
  }[step.what];
  if (id === undefined) return;
  try {
    await world.hosts.hub[step.do](id);
  } catch (error) {
    // There is none, it has ended, or it runs: the portal would say so.
    if (!(error instanceof TaskHubError)) throw error;
  }
}

/** What was accepted is there, and has come legally to where it is. */
async function refresh(model: Model, { database }: World): Promise<void> {
  for (const instance of model.accepted) {
    const [row] = await database.rows("select state from instances where id = $1", [instance.id]);
    if (row === undefined) fail(`"${instance.name}" was accepted and is lost`);
    const wrong = model.see(instance, InstanceState.parse(row["state"]));
    if (wrong !== undefined) fail(wrong);
  }
}

/** Ends all faults, lets everything come to rest, and removes it: nothing may be wrong, and nothing left. */
export async function conclude(model: Model, { world }: Real): Promise<void> {
  calm(world);
  const refs = model.accepted.map(refOf);
  const settled = async (): Promise<boolean> => {
    for (const ref of refs) if (!(await hasSettled(world, ref))) return false;
    return true;
  };
  const wrong: string[] = [];
  if (!(await world.run(settled, SETTLE_MS))) wrong.push("it does not come to rest");
  await refresh(model, world);
  for (const ref of refs)
    wrong.push(...(await violations(world, ref)).map((it) => `${ref.instanceName}: ${it}`));

  world.behaviours.clear();
  for (const instance of model.accepted) {
    if (instance.state === "deleted") continue;
    const { status } = await world.request("DELETE", `/instances/${instance.id}`);
    if (status !== 202) wrong.push(`${instance.name}: DELETE at the end answered ${status}`);
  }
  await world.run(settled, SETTLE_MS);
  await refresh(model, world);
  for (const instance of model.accepted) {
    const { objects, alive } = await look(world, refOf(instance));
    const left = [...Object.keys(objects), ...alive];
    if (instance.state !== "deleted" || left.length > 0)
      wrong.push(`${instance.name}: at the end ${instance.state}, left: ${left.join(", ")}`);
  }
  if (wrong.length > 0) fail(wrong.join("\n"));
}

export function calm(world: World): void {
  world.hosts.faults = noFaults;
  world.cluster.faults.clear();
  world.metadata.up();
  world.durableGone = false;
}
