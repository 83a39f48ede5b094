import { z } from "zod";
import { activity } from "../../src/durable/activity.ts";
import { waitForEvent } from "../../src/durable/events.ts";
import { toRegisteredName } from "../../src/durable/names.ts";
import { orchestration } from "../../src/durable/orchestration.ts";
import {
  call,
  callOrchestration,
  continueAsNew,
  newGuid,
  now,
  sleep,
  type Context,
  type Durable,
} from "../../src/durable/steps.ts";
import { statusBody } from "../../local/functions-host/webhooks/instances.ts";
import { virtualHost } from "../unit/engine/virtual-host.ts";
import type { Implementation } from "./libraries.ts";
import { recordingOfHistory, recordingOfStatus } from "./new-recording.ts";
import type { Recording } from "./recording.ts";

const Order = z.object({ order: z.string() });
const Done = z.object({ note: z.string(), at: z.string().optional() });

function step(name: string) {
  return activity({
    name: `test::activity::${name}`,
    description: "plays a part in an order",
    idempotent: true,
    input: Order,
    output: Done,
    run: async () => ({ note: name }),
  });
}

const reserve = step("reserve");
const charge = step("charge");
const notify = step("notify");
const activities = [reserve, charge, notify];

/** Each does one step of the order below, under the name by which the tests speak of it. */
export const parts = {
  reserve: (ctx) => call(ctx, reserve, input),
  charge: (ctx) => call(ctx, charge, input),
  notify: (ctx) => call(ctx, notify, input),
  ship: (ctx) => callOrchestration(ctx, shipping, input),
  /** The same, with an id that the order makes up. */
  "ship-named": (ctx) => callOrchestration(ctx, shipping, input, { instanceId: newGuid(ctx) }),
  /** No step, and yet the next one that is made up is another one. */
  *"make-up-id"(ctx) {
    yield* [];
    newGuid(ctx);
  },
  wait: (ctx) => sleep(ctx, 60_000),
  approval: (ctx) => waitForEvent(ctx, "approval", Order),
} satisfies Readonly<Record<string, (ctx: Context) => Durable<unknown>>>;

export type Part = keyof typeof parts;

const ID = "order-1";
const input = { order: "o-1" };

/** What an order does when nothing was changed. */
export const usual: readonly Part[] = ["reserve", "wait", "charge", "ship", "notify"];

export interface Ending {
  readonly version?: string;
  readonly note?: string;
  /** Has the end of the order, by its own clock, in the result. */
  readonly dated?: boolean;
  readonly fails?: boolean;
  readonly goesOn?: boolean;
}

/** An order of these steps: each of the tests' changes is another one. */
export function orderOf(
  steps: readonly Part[],
  { version = "1.0", note = "done", dated = false, fails = false, goesOn = false }: Ending = {},
) {
  return orchestration({
    name: "test::orchestration::order",
    version,
    description: "takes an order",
    input: Order,
    output: Done,
    uses: [...activities, shipping],
    *run(ctx) {
      for (const part of steps) yield* parts[part](ctx);
      if (fails) throw new Error("changed for the worse");
      if (goesOn) return continueAsNew(ctx, input);
      return { note, ...(dated && { at: now(ctx).toISOString() }) };
    },
  });
}

const shipping = orchestration({
  name: "test::orchestration::shipping",
  version: "1.0",
  description: "ships an order",
  input: Order,
  output: Done,
  uses: [],
  *run(ctx) {
    yield* sleep(ctx, 1_000);
    return { note: "shipped" };
  },
});

/** Runs an order on the local engine, whose time jumps, and records it in both encodings. */
export async function recordings(
  order: Implementation,
  { terminate = false }: { readonly terminate?: boolean } = {},
): Promise<{ readonly payload: Recording; readonly webhook: Recording }> {
  const host = await virtualHost(
    {
      orchestrators: Object.fromEntries(
        [order, shipping].map((one) => [toRegisteredName(one.name), one.handler]),
      ),
      activities: Object.fromEntries(
        activities.map(({ name }) => [
          toRegisteredName(name),
          () => {
            host.clock.set(host.clock.now() + 1_500);
            return { ok: { note: name } };
          },
        ]),
      ),
    },
    { defaultVersion: order.version },
  );
  const { engine } = host;
  await host.run(toRegisteredName(order.name), input, ID);
  if (terminate) await engine.hub.terminate(ID, "no longer wanted");
  await host.settle();
  const status = await engine.hub.status(ID, { showHistory: true, showHistoryOutput: true });
  const answer: unknown = status && JSON.parse(JSON.stringify(statusBody(status)));
  const history = await host.store.history(ID);
  await engine.stop();
  return {
    payload: recordingOfHistory(history, [order]),
    webhook: recordingOfStatus(answer, order.version, [order]),
  };
}
