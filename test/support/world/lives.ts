import type { InstanceRef } from "../../../src/domain/names.ts";
import { createInstance } from "./api.ts";
import { hasSettled, look } from "./truth.ts";
import type { World } from "./world.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

export interface Created extends InstanceRef {
  readonly operationId: string;
}

/** The lives of instances in the world that there is by then. */
export function livesIn(world: () => World) {
  async function requested(instanceName: string): Promise<Created> {
    const ids = await createInstance(world(), instanceName);
    return { ...ids, instanceName, namespace: "toygres" };
  }

  const settled = (ref: InstanceRef, forMs = HOUR_MS) =>
    world().run(() => hasSettled(world(), ref), forMs);

  const stateOf = async (ref: InstanceRef) => (await look(world(), ref)).instance?.state;

  async function running(instanceName: string): Promise<Created> {
    const created = await requested(instanceName);
    await settled(created);
    expect(await stateOf(created)).toBe("running");
    return created;
  }

  const sql = (text: string, values: readonly unknown[]) => world().database.rows(text, values);

  /** The repairs in the timeline; the sweeps of another quarter of an hour have nothing to add to them. */
  async function repairsOf({ instanceId }: InstanceRef): Promise<string[]> {
    const repairs = async () =>
      sql(
        "select type, message from instance_events where instance_id = $1 and type like 'repair.%' order by id",
        [instanceId],
      );
    const now = await repairs();
    await world().run(() => false, 15 * MINUTE_MS);
    expect(await repairs()).toEqual(now);
    return now.map(({ type, message }) => `${String(type)}: ${String(message)}`);
  }

  const alive = async (id: string): Promise<boolean> => (await world().alive()).includes(id);

  return { requested, settled, stateOf, running, repairsOf, sql, alive };
}
