/** `node test/lint-fixtures/write-tables.ts`: makes the tables of docs/writing-workflows.md anew, out of the fixtures. */
import { readFileSync, writeFileSync } from "node:fs";
import { withTables } from "./tables.ts";

const PAGE = "docs/writing-workflows.md";
writeFileSync(PAGE, withTables(readFileSync(PAGE, "utf8")));
