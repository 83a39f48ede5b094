import { errorFacts, type Facts, type Log } from "../durable/log.ts";

/** How many items of a list are worked at together. */
const AT_ONCE = 10;

/** Does some work; that it failed is logged, and keeps nothing else from being done. */
export async function guarded(
  event: string,
  facts: Facts,
  log: Log,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error(event, { ...facts, ...errorFacts(error) });
  }
}

/**
 * A few at a time: a backend that does not answer costs each of them its whole time limit. None begins after `forMs`;
 * the number of those that did not is returned.
 */
export async function forEach<T>(
  items: readonly T[],
  forMs: number,
  work: (item: T) => Promise<void>,
): Promise<number> {
  const until = performance.now() + forMs;
  for (let at = 0; at < items.length; at += AT_ONCE) {
    if (performance.now() >= until) return items.length - at;
    await Promise.all(items.slice(at, at + AT_ONCE).map(work));
  }
  return 0;
}
