import pg from "pg";

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;

/** A connection of its own that hears NOTIFY, and comes back by itself when the database went away. */
export class PostgresListener {
  readonly #config: pg.ClientConfig;
  readonly #channel: string;
  readonly #heard: () => void;
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #closed = false;

  constructor(config: pg.ClientConfig, channel: string, heard: () => void) {
    this.#config = config;
    this.#channel = channel;
    this.#heard = heard;
  }

  /** Never throws: polling stands in until the connection is there. */
  async connect(): Promise<void> {
    if (this.#closed) return;
    const client = new pg.Client(this.#config);
    this.#client = client;
    client.on("notification", this.#heard);
    client.on("error", () => this.#lost(client));
    client.on("end", () => this.#lost(client));
    try {
      await client.connect();
      await client.query(`listen ${this.#channel}`);
      this.#retryMs = FIRST_RETRY_MS;
      this.#heard();
    } catch {
      this.#lost(client);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    client.end().catch(() => undefined);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }
}
