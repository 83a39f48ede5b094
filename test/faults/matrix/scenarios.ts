import { healthCheckId, type InstanceRef } from "../../../src/domain/names.ts";
import { createInstance, deleteInstance, operationOf } from "../../support/world/api.ts";
import type { World } from "../../support/world/world.ts";

/** One way through the life of an instance, of which a part is hit by faults. */
export interface Scenario {
  readonly name: string;
  /** Whose calls are hit. */
  readonly under: "create" | "delete" | "health-check" | "monitor";
  /** How the operation under faults ends without any. */
  readonly ends: "succeeded" | "failed" | "canceled";
  /** What comes before the faults, and needs no operation of ours to be lost. */
  prepare?(life: Life): Promise<void>;
  /** Sets off what is hit; from here on faults strike. */
  act(life: Life): Promise<void>;
  /** When what was set off is over, beyond what every life waits for. */
  until?(life: Life): Promise<boolean>;
}

/** An instance of one cell. */
export interface Life {
  readonly world: World;
  readonly name: string;
  ref: InstanceRef;
  create: string;
  delete: string;
}

export function newLife(world: World, name: string): Life {
  return {
    world,
    name,
    ref: { instanceId: "", instanceName: name, namespace: "toygres" },
    create: "",
    delete: "",
  };
}

/** Whether a call of this orchestration is hit: an operation's own id is known to us only after its first steps. */
export function isUnder({ under }: Scenario, life: Life, orchestrationId: string): boolean {
  const [kind] = /^(health|monitor)-/.exec(orchestrationId) ?? [""];
  switch (under) {
    case "create":
      return kind === "" && (life.create === "" || orchestrationId === life.create);
    case "delete":
      return kind === "" && orchestrationId !== life.create;
    case "health-check":
      return orchestrationId === healthCheckId(life.ref.instanceId);
    case "monitor":
      return kind === "monitor-";
  }
}

async function post(life: Life): Promise<void> {
  const { instanceId, operationId } = await createInstance(life.world, life.name);
  life.ref = { ...life.ref, instanceId };
  life.create = operationId;
}

async function remove(life: Life): Promise<void> {
  life.delete = await deleteInstance(life.world, life.name);
}

const hasEnded = (life: Life, operation: string) => async (): Promise<boolean> =>
  (await operationOf(life.world, operation)).hasEnded;

async function running(life: Life): Promise<void> {
  await post(life);
  if (!(await life.world.run(hasEnded(life, life.create), 600_000)))
    throw new Error("the create that comes before the faults did not end");
}

/** A create that waits for a pod which never gets ready. */
async function waiting(life: Life): Promise<void> {
  life.world.behaviours.set(life.name, { neverReady: true });
  await post(life);
  await life.world.run(() => false, 20_000);
}

const MINUTE_MS = 60_000;

export const scenarios: readonly Scenario[] = [
  { name: "create", under: "create", ends: "succeeded", act: post },
  {
    name: "create that cannot",
    under: "create",
    ends: "failed",
    async act(life) {
      life.world.behaviours.set(life.name, { pullFails: true });
      await post(life);
    },
  },
  {
    name: "create that is canceled",
    under: "create",
    ends: "canceled",
    async act(life) {
      life.world.behaviours.set(life.name, { neverReady: true });
      await post(life);
      const cancel = (): void => {
        const again = (status: number): void => {
          if (status === 503) life.world.clock.after(5_000, cancel);
        };
        const path = `/operations/${life.create}/cancel`;
        void life.world.request("POST", path).then(({ status }) => again(status));
      };
      life.world.clock.after(10_000, cancel);
    },
  },
  { name: "delete", under: "delete", ends: "succeeded", prepare: running, act: remove },
  {
    name: "delete during create",
    under: "delete",
    ends: "succeeded",
    prepare: waiting,
    act: remove,
  },
  {
    name: "delete of a create that stands still",
    under: "delete",
    ends: "succeeded",
    async prepare(life) {
      await waiting(life);
      await life.world.hosts.hub.suspend(life.create, "for the test");
    },
    act: remove,
  },
  {
    name: "health check",
    under: "health-check",
    ends: "succeeded",
    async prepare(life) {
      await running(life);
      // A certificate that lacks the address is looked at in the next turn.
      await life.world.database.rows(
        `update instances set certificate_covers_address = false,
           created_at = created_at - interval '1 hour' where id = $1 returning id`,
        [life.ref.instanceId],
      );
    },
    act: async () => undefined,
    until: ({ world, ref }) => {
      const id = healthCheckId(ref.instanceId);
      const turns = world.hosts.calls.filter(
        (call) => call.orchestrationId === id && call.activity.endsWith("check-health"),
      );
      return Promise.resolve(turns.length >= 5);
    },
  },
  {
    name: "monitor of a create that was terminated",
    under: "monitor",
    ends: "failed",
    prepare: waiting,
    async act(life) {
      await life.world.hosts.hub.terminate(life.create, "in the portal");
    },
  },
  {
    name: "monitor of a create that stands still",
    under: "monitor",
    ends: "failed",
    async prepare(life) {
      await waiting(life);
      await life.world.hosts.hub.suspend(life.create, "for the test");
      await life.world.run(() => false, 14 * MINUTE_MS);
    },
    act: async () => undefined,
  },
  {
    name: "monitor of a delete that was terminated",
    under: "monitor",
    ends: "failed",
    async prepare(life) {
      await running(life);
      await remove(life);
      await life.world.hosts.hub.terminate(life.delete, "in the portal");
    },
    act: async () => undefined,
  },
];
