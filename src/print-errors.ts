/** `npm run errors`: every error that a user can meet, and what to do about it. `--docs` writes docs/errors.md anew. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { errorsPage } from "./errors-page.ts";

const { values } = parseArgs({ options: { docs: { type: "boolean" } } });

if (values.docs) writeFileSync("docs/errors.md", errorsPage());
else process.stdout.write(errorsPage());
