import type { Catalog, Metadata } from "../domain/metadata.ts";
import { lists } from "./catalog-lists.ts";
import { requests } from "./catalog-requests.ts";
import { ledger } from "./ledger.ts";
import { connect, type Database, type DatabaseOptions } from "./pool.ts";
import { watch } from "./watch.ts";
import { insertEvent } from "./writes.ts";

/** The metadata on PostgreSQL. Nothing is opened before the first call. */
export function createMetadata(options: DatabaseOptions): Metadata {
  const database = connect(options);
  return {
    catalog: catalog(database),
    ledger: ledger(database),
    watch: watch(database),
    close: () => database.close(),
  };
}

function catalog(database: Database): Catalog {
  return {
    ...lists(database),
    ...requests(database),
    recordEvent: (event) => insertEvent(database, event),
    async ping() {
      await database.run("select 1");
    },
  };
}
