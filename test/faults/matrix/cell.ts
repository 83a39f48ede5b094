import { AsyncLocalStorage } from "node:async_hooks";
import { hasSettled, look, violations } from "../../support/world/truth.ts";
import type { Port, World } from "../../support/world/world.ts";
import { arm, disarm, type Fault, type Target } from "./faults.ts";
import { isUnder, newLife, type Life, type Scenario } from "./scenarios.ts";

/** Longer than any deadline, with the time that a monitor takes after it. */
const LIFE_MS = 60 * 60_000;
const AFTERWARDS_MS = 2 * 60_000;

export interface CallOf extends Target {
  readonly touches: ReadonlySet<Port>;
}

export interface Outcome {
  /** How the operation under faults ended. */
  readonly end: string;
  /** What is not as it has to be; empty: the cell is green. */
  readonly wrong: readonly string[];
  /** False when the call that was to be hit never came. */
  readonly struck: boolean;
}

let lives = 0;

/** The calls of a scenario without faults, with what each touches. */
export async function callsOf(world: World, scenario: Scenario): Promise<readonly CallOf[]> {
  lives += 1;
  const life = newLife(world, `base-${lives}`);
  await scenario.prepare?.(life);
  const found: { activity: string; id: string; touches: Set<Port> }[] = [];
  const touched = new AsyncLocalStorage<Set<Port>>();
  world.touched = (port) => touched.getStore()?.add(port);
  world.hosts.around = (call, act) => {
    const touches = new Set<Port>();
    found.push({ activity: call.activity, id: call.orchestrationId, touches });
    return touched.run(touches, act);
  };
  await scenario.act(life);
  await settle(scenario, life);
  const ours = found.filter(({ id }) => isUnder(scenario, life, id));
  disarm(world);
  world.touched = () => undefined;
  await removed(life);
  const counts = new Map<string, number>();
  return ours.map(({ activity, touches }) => {
    const nth = (counts.get(activity) ?? 0) + 1;
    counts.set(activity, nth);
    return { activity, nth, touches };
  });
}

/** Lives the scenario with one fault at one call, and says whether all is as it has to be afterwards. */
export async function runCell(
  world: World,
  scenario: Scenario,
  fault: Fault,
  target: Target,
): Promise<Outcome> {
  lives += 1;
  const life = newLife(world, `cell-${lives}`);
  await scenario.prepare?.(life);
  const { struck, late } = arm(world, fault, target, (id) => isUnder(scenario, life, id));
  await scenario.act(life);
  const settled = await settle(scenario, life);
  disarm(world);
  for (const effect of late) await effect().catch(() => undefined);
  await world.run(() => false, AFTERWARDS_MS);
  const wrong = settled ? [] : ["it did not come to rest within an hour"];
  wrong.push(...(await violations(world, life.ref)));
  const end = await endOf(scenario, life);
  if (fault.passing && end !== scenario.ends) {
    wrong.push(`a passing fault made it ${end} instead of ${scenario.ends}`);
  }
  wrong.push(...(await removed(life)));
  return { end, wrong, struck: struck() };
}

async function settle(scenario: Scenario, life: Life): Promise<boolean> {
  const { world } = life;
  return world.run(async () => {
    if (scenario.until && !(await scenario.until(life))) return false;
    return hasSettled(world, life.ref);
  }, LIFE_MS);
}

async function endOf({ under }: Scenario, life: Life): Promise<string> {
  const { operations, instance } = await look(life.world, life.ref);
  if (under === "health-check") return instance?.state === "running" ? "succeeded" : "failed";
  const id = life.delete === "" ? life.create : life.delete;
  return operations.find((it) => it.id === id)?.status ?? "missing";
}

/** Whatever has become of an instance, a DELETE removes all of it; says what is wrong if not. */
async function removed(life: Life): Promise<string[]> {
  const { world, ref, name } = life;
  world.behaviours.delete(name);
  const { instance } = await look(world, ref);
  if (instance !== undefined && instance.state !== "deleted") {
    const { status } = await world.request("DELETE", `/instances/${ref.instanceId}`);
    if (status !== 202) return [`DELETE afterwards answered ${status}`];
    await world.run(() => hasSettled(world, ref), LIFE_MS);
  }
  const seen = await look(world, ref);
  const left = [...Object.keys(seen.objects), ...seen.alive];
  if (seen.instance?.state === "deleted" && left.length === 0) return [];
  return [`after DELETE it is ${seen.instance?.state ?? "unknown"}, left: ${left.join(", ")}`];
}
