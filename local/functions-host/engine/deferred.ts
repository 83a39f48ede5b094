/**
 * A promise without a queue: what waits for it runs at once, inside `settle`. Replay needs this, because
 * sequence ids are given out in the order in which code is resumed.
 */
export class Deferred {
  #settled: { readonly ok: boolean } | null = null;
  #waiting: ((ok: boolean) => void)[] = [];

  get settled(): boolean {
    return this.#settled !== null;
  }

  settle(ok: boolean): void {
    if (this.#settled) return;
    this.#settled = { ok };
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume(ok);
  }

  onSettled(resume: (ok: boolean) => void): void {
    if (this.#settled) resume(this.#settled.ok);
    else this.#waiting.push(resume);
  }
}

export function whenAll(parts: readonly Deferred[]): Deferred {
  const all = new Deferred();
  let open = parts.length;
  if (open === 0) all.settle(true);
  for (const part of parts) {
    part.onSettled(() => {
      open -= 1;
      if (open === 0) all.settle(true);
    });
  }
  return all;
}

export function whenAny(parts: readonly Deferred[]): Deferred {
  const any = new Deferred();
  for (const part of parts) part.onSettled((ok) => any.settle(ok));
  return any;
}
