/** `npm run registry`: what Toygres can run. `--json` with all schemas; `--readme` writes the README's list anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { inventory } from "./durable/inventory.ts";
import { inventoryMarkdown, inventoryTable } from "./durable/inventory-text.ts";
import { toygres } from "./library.ts";
import { withRegistry } from "./readme.ts";

const README = "README.md";
const { values } = parseArgs({
  options: { json: { type: "boolean" }, readme: { type: "boolean" } },
});
const registry = inventory(toygres);

if (values.readme) {
  writeFileSync(README, withRegistry(readFileSync(README, "utf8"), inventoryMarkdown(registry)));
} else {
  const text = values.json ? JSON.stringify(registry, undefined, 2) : inventoryTable(registry);
  process.stdout.write(`${text}\n`);
}
