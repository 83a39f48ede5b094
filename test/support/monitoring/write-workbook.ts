import { writeFileSync } from "node:fs";
import { workbookUrl } from "./files.ts";
import { workbookText } from "./workbook.ts";

writeFileSync(workbookUrl, await workbookText());
console.log("infra/monitoring/workbook.json is written anew, from the queries beside it");
