/** What the fixtures of this folder are made of. */
import { z } from "zod";
import { activity } from "../../src/durable/activity.ts";
import { library } from "../../src/durable/library.ts";
import {
  orchestration,
  type ContinuedAsNew,
  type Orchestration,
} from "../../src/durable/orchestration.ts";
import type { Used } from "../../src/durable/used.ts";
import type { Context, Durable } from "../../src/durable/steps.ts";
import type { DurableApp } from "../../src/durable/register.ts";
import type { WireObject } from "../../src/durable/wire.ts";
import { drive, type Driven } from "../support/drive.ts";

export interface Ruler {
  lengthOf(name: string): Promise<number>;
}

export const measure = activity({
  name: "shop::activity::measure",
  description: "measures a thing",
  idempotent: true,
  input: z.object({ name: z.string() }),
  output: z.object({ size: z.number() }),
  run: async ({ name }, { ruler }: { readonly ruler: Ruler }) => ({
    size: await ruler.lengthOf(name),
  }),
});

export const order = activity({
  name: "shop::activity::order",
  description: "orders a thing, and tries again when the shop is closed",
  idempotent: true,
  input: z.object({ name: z.string() }),
  output: z.object({ number: z.string() }),
  retry: { attempts: 5, firstDelayMs: 1_000, backoff: 2, maxDelayMs: 60_000 },
  run: async ({ name }) => ({ number: `order of ${name}` }),
});

const packing = { input: z.object({ turn: z.number() }), output: z.object({ packed: z.number() }) };

export const packOf = (version: string) =>
  orchestration({
    ...packing,
    name: "shop::orchestration::pack",
    version,
    description: "packs what was measured",
    uses: [],
    *run(_ctx, { turn }) {
      return { packed: turn };
    },
  });

export const pack = packOf("1.0");

export const shop = library("shop", { orchestrations: [pack], activities: [measure, order] });

export const ruler: Ruler = { lengthOf: async (name) => name.length };

type Steps = (ctx: Context) => Durable<WireObject | ContinuedAsNew<Record<string, never>>>;

/** An orchestration of these steps. */
export const flow = (
  steps: Steps,
  uses: readonly Used[] = [measure, order, pack],
): Orchestration<z.ZodObject, z.ZodObject> =>
  orchestration({
    name: "shop::orchestration::flow",
    version: "1.0",
    description: "does what a fixture says",
    input: z.object({}),
    output: z.looseObject({}),
    uses,
    run: steps,
  });

/** Runs these steps as an orchestration. */
export const driven = (
  steps: Steps,
  uses?: readonly Used[],
): Promise<Driven<Record<string, unknown>>> =>
  drive(
    flow(steps, uses),
    {},
    {
      [measure.name]: ({ name }: { readonly name: string }) => ({ size: name.length }),
      [order.name]: () => ({ number: "1" }),
      [pack.name]: () => ({ packed: 1 }),
    },
  );

/** A host on which nothing is registered. */
export const nowhere: DurableApp = {
  activity: () => undefined,
  orchestration: () => undefined,
};
