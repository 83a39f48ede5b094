/** For what reads or writes the metadata or the cluster: outages of a minute or two are ridden out. */
export const patient = {
  attempts: 10,
  firstDelayMs: 1_000,
  backoff: 2,
  maxDelayMs: 20_000,
} as const;

/** For what has its own waiting loop around it, or may fail without harm. */
export const brief = { attempts: 3, firstDelayMs: 1_000, backoff: 2, maxDelayMs: 5_000 } as const;

/** For what must not be given up while its operation's deadline allows it: closing an operation. */
export const stubborn = {
  attempts: 60,
  firstDelayMs: 1_000,
  backoff: 2,
  maxDelayMs: 30_000,
} as const;
