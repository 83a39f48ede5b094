/** Resolves at the first Ctrl-C, SIGTERM or SIGHUP; from then on the stop is under way and a second one is ignored. */
export function untilStopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => resolve(undefined));
  }
  return promise;
}
