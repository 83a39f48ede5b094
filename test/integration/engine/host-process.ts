/** A host process for tests: three steps on a PostgreSQL store, with the faults of a file. */
import { appendFileSync } from "node:fs";
import { createEngine } from "../../../local/functions-host/engine/engine.ts";
import { faultsFromFile } from "../../../local/functions-host/engine/faults.ts";
import { PostgresStore } from "../../../local/functions-host/engine/postgres-store.ts";
import { libraryApp } from "../../unit/engine/library-app.ts";

const [url = "", faultFile = "", effectFile = "", owner = ""] = process.argv.slice(2);
const effect = (name: string) => () => {
  appendFileSync(effectFile, `${name}\n`);
  return name;
};
const engine = createEngine({
  store: new PostgresStore(url),
  invoker: libraryApp({
    orchestrators: {
      *threeSteps({ df }) {
        const results: unknown[] = [];
        for (const name of ["one", "two", "three"]) results.push(yield df.callActivity(name, {}));
        return results;
      },
    },
    activities: { one: effect("one"), two: effect("two"), three: effect("three") },
  }),
  log: (level, text) => process.stderr.write(`${level} ${text}\n`),
  faults: faultsFromFile(faultFile),
  owner,
  leaseMs: 3_000,
});
await engine.start();
process.stdout.write("ready\n");
