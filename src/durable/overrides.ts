import { isDeepStrictEqual } from "node:util";
import type { AnyActivity } from "./activity.ts";
import { jsonSchema } from "./json-schema.ts";
import type { AnyOrchestration } from "./orchestration.ts";

type Item = AnyActivity<never> | AnyOrchestration;
type PlaceOf<I> = (item: I) => string;

const parts: Readonly<Record<string, (item: Item) => unknown>> = {
  input: (item) => jsonSchema(item.input, "input"),
  output: (item) => jsonSchema(item.output, "output"),
  retry: (item) => (item.kind === "activity" ? (item.retry ?? null) : null),
};

/**
 * Callers follow the contract that they import, not that of what is registered under its name: an override with another
 * contract would be lied about by its own definition. What JSON Schema cannot say, such as a refinement, is not seen.
 */
export function assertSameContracts<I extends Item>(
  pairs: readonly { readonly winner: I; readonly loser: I }[],
  placeOf: PlaceOf<I>,
): void {
  for (const { winner, loser } of pairs) {
    if (isOtherVersion(winner, loser)) continue;
    const different = Object.entries(parts)
      .filter(([, of]) => !isDeepStrictEqual(of(winner), of(loser)))
      .map(([part]) => part);
    if (different.length === 0) continue;
    const remedy =
      winner.kind === "activity"
        ? "make it with override(), which keeps the contract"
        : "keep the contract, or give it another name";
    throw new Error(
      `"${winner.name}" of ${placeOf(winner)} cannot replace the one of ${placeOf(loser)}: another ${different.join(", another ")}; ${remedy}`,
    );
  }
}

function isOtherVersion(winner: Item, loser: Item): boolean {
  return (
    winner.kind === "orchestration" &&
    loser.kind === "orchestration" &&
    winner.version !== loser.version
  );
}

/** Instances in flight began on versions of what is replaced, each of which they need to go on. */
export function assertVersionsCovered<O extends AnyOrchestration>(
  before: readonly O[],
  after: readonly O[],
  placeOf: PlaceOf<O>,
): void {
  for (const loser of before) {
    const winners = after.filter(({ name }) => name === loser.name);
    const [winner] = winners;
    if (winner === undefined || winners.some(({ version }) => version === loser.version)) continue;
    throw new Error(
      `"${loser.name}" of ${placeOf(winner)} cannot replace the one of ${placeOf(loser)} without a version ${loser.version}: instances that began on it would find nothing to go on with; list that version, too`,
    );
  }
}
