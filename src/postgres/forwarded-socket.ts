import { Duplex } from "node:stream";

/**
 * A connection that somebody else makes, in the shape of the `net.Socket` that the driver dials with. What it was to
 * dial is known to whoever opens it.
 */
export class ForwardedSocket extends Duplex {
  readonly #open: () => Promise<Duplex>;
  #inner: Duplex | undefined;

  constructor(open: () => Promise<Duplex>) {
    super({ allowHalfOpen: false });
    this.#open = open;
  }

  connect(): this {
    this.#open().then(
      (inner) => this.#join(inner),
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error("not opened")),
    );
    return this;
  }

  #join(inner: Duplex): void {
    if (this.destroyed) {
      inner.destroy();
      return;
    }
    this.#inner = inner;
    inner.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) inner.pause();
    });
    inner.on("end", () => this.push(null));
    inner.on("error", (error) => this.destroy(error));
    inner.on("close", () => this.destroy());
    this.emit("connect");
  }

  override _read(): void {
    this.#inner?.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void) {
    if (this.#inner === undefined) done(new Error("the connection is not open"));
    else this.#inner.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.#inner?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inner?.destroy();
    done(error);
  }

  /** Of a real socket only. */
  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
