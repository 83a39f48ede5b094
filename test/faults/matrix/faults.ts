import type { FaultEffect } from "../../../local/cluster/api/faults.ts";
import { noFaults } from "../../../local/functions-host/engine/faults.ts";
import type { Port, World } from "../../support/world/world.ts";

/** Which call of the scenario is hit. */
export interface Target {
  readonly activity: string;
  /** Counted from 1, over the orchestrations that the scenario is about. */
  readonly nth: number;
}

export interface Fault {
  readonly name: string;
  /** A passing fault: an operation that goes well without it goes well with it. */
  readonly passing: boolean;
  /** Absent: every activity. */
  readonly needs?: Port;
  /** Is called when the call is about to be made, in the place of the activity. */
  readonly strike?: Strike;
  /** What the engine itself does wrong at this call. */
  readonly engine?:
    "crash-before" | "crash-after" | "run-twice" | "lose-answer" | "fail" | "fail-after";
}

export interface Strike {
  (
    world: World,
    act: (signal?: AbortSignal) => Promise<unknown>,
    /** Keeps for the end what is to come when all is over. */
    later: (effect: () => Promise<unknown>) => void,
  ): Promise<unknown>;
}

const lost = (): never => {
  throw new Error("the worker is gone");
};

/** The cluster's API does this to the first request of the call, or to all of them. */
const api =
  (effect: FaultEffect, times = 1, nth = 1): Strike =>
  async (world, act) => {
    world.cluster.faults.add({ effect, times, nth });
    try {
      return await act();
    } finally {
      world.cluster.faults.clear();
    }
  };

const ALL = 1_000;

export const faults: readonly Fault[] = [
  { name: "crash before", passing: true, engine: "crash-before" },
  { name: "crash after", passing: true, engine: "crash-after" },
  { name: "run twice", passing: true, engine: "run-twice" },
  { name: "answer lost", passing: true, engine: "lose-answer" },
  { name: "worker died before", passing: true, engine: "fail" },
  { name: "worker died after", passing: true, engine: "fail-after" },
  {
    name: "timed out, effect refused later",
    passing: true,
    strike: async (world, act) => {
      world.clock.set(world.clock.now() + 60_000);
      const over = AbortSignal.abort();
      // Its process goes on; what it answers is read by nobody.
      await act(over).catch(() => undefined);
      return lost();
    },
  },
  {
    name: "effect after the end",
    passing: true,
    strike: async (_world, act, later) => {
      // Nobody told it that its time is over: only its own look at the metadata holds it back.
      later(() => act(new AbortController().signal));
      return lost();
    },
  },
  { name: "API 403", passing: false, needs: "cluster", strike: api({ type: "status", code: 403 }) },
  { name: "API 404", passing: false, needs: "cluster", strike: api({ type: "status", code: 404 }) },
  { name: "API 409", passing: false, needs: "cluster", strike: api({ type: "status", code: 409 }) },
  {
    name: "API 429",
    passing: true,
    needs: "cluster",
    strike: api({ type: "status", code: 429, retryAfterSeconds: 1 }),
  },
  { name: "API 500", passing: true, needs: "cluster", strike: api({ type: "status", code: 500 }) },
  {
    name: "API 503 to all",
    passing: true,
    needs: "cluster",
    strike: api({ type: "status", code: 503 }, ALL),
  },
  { name: "API cut", passing: true, needs: "cluster", strike: api({ type: "cut" }) },
  { name: "API reply lost", passing: true, needs: "cluster", strike: api({ type: "lose-reply" }) },
  {
    name: "API reply lost midway",
    passing: true,
    needs: "cluster",
    strike: api({ type: "lose-reply" }, 1, 5),
  },
  {
    name: "metadata cut",
    passing: true,
    needs: "metadata",
    strike: async (world, act) => {
      world.metadata.cut();
      return act();
    },
  },
  {
    name: "metadata gone 20 s",
    passing: true,
    needs: "metadata",
    strike: async (world, act) => {
      world.metadata.down();
      world.clock.after(20_000, () => world.metadata.up());
      return act();
    },
  },
  {
    name: "durable backend gone",
    passing: true,
    needs: "durable",
    strike: async (world, act) => {
      world.durableGone = true;
      try {
        return await act();
      } finally {
        world.durableGone = false;
      }
    },
  },
];

/** Makes the world do this once, at the target; tells whether it came to that. */
export function arm(
  world: World,
  fault: Fault,
  { activity, nth }: Target,
  isOurs: (orchestrationId: string) => boolean,
): { struck: () => boolean; late: (() => Promise<unknown>)[] } {
  let count = 0;
  let struck = false;
  const late: (() => Promise<unknown>)[] = [];
  const isTarget = (name: string, orchestrationId: string): boolean => {
    if (name !== activity || !isOurs(orchestrationId)) return false;
    count += 1;
    return count === nth;
  };
  const { engine, strike } = fault;
  if (engine !== undefined) {
    world.hosts.faults = {
      ...noFaults,
      activity: (name, id) => {
        if (!isTarget(name.replaceAll("_", "::"), id)) return null;
        struck = true;
        return { do: engine };
      },
    };
  }
  if (strike !== undefined) {
    world.hosts.around = async (call, act) => {
      if (!isTarget(call.activity, call.orchestrationId)) return act();
      struck = true;
      return strike(world, act, (effect) => late.push(effect));
    };
  }
  return { struck: () => struck, late };
}

export function disarm(world: World): void {
  world.hosts.faults = noFaults;
  world.hosts.around = (_call, act) => act();
  world.cluster.faults.clear();
  world.metadata.up();
  world.durableGone = false;
}
