import type { AnyActivity } from "./activity.ts";
import { jsonSchema } from "./json-schema.ts";
import type { AnyOrchestration } from "./orchestration.ts";
import { oldestFirst } from "./versions.ts";

/**
 * Orchestrations follow the contract of the activity that they import, not of the one that is registered under its
 * name: an override with another contract would be lied about by its own definition.
 */
export function assertSameContract<A extends AnyActivity<never>>(
  { winner, loser }: { readonly winner: A; readonly loser: A },
  placeOf: (item: A) => string,
): void {
  const parts = {
    input: (item: A) => jsonSchema(item.input, "input"),
    output: (item: A) => jsonSchema(item.output, "output"),
    retry: (item: A) => item.retry ?? null,
  };
  const different = Object.entries(parts)
    .filter(([, of]) => JSON.stringify(of(winner)) !== JSON.stringify(of(loser)))
    .map(([part]) => part);
  if (different.length === 0) return;
  throw new Error(
    `"${winner.name}" of ${placeOf(winner)} cannot replace the one of ${placeOf(loser)}: another ${different.join(", another ")}; make it with override(), which keeps the contract`,
  );
}

/** Instances in flight began on versions of what is replaced, and need an implementation that is not newer. */
export function assertVersionsCovered<O extends AnyOrchestration>(
  before: readonly O[],
  after: readonly O[],
  placeOf: (item: O) => string,
): void {
  for (const name of new Set(after.map((item) => item.name))) {
    const [loser] = oldestFirst(before.filter((item) => item.name === name));
    const [winner] = oldestFirst(after.filter((item) => item.name === name));
    if (!loser || !winner || oldestFirst([loser, winner])[0]?.version === winner.version) continue;
    throw new Error(
      `"${name}" ${winner.version} of ${placeOf(winner)} cannot replace ${loser.version} of ${placeOf(loser)}: instances that began on ${loser.version} would find nothing to go on with; list that version beside it`,
    );
  }
}
