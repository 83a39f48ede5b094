import { runCommand } from "./up/command.ts";

await runCommand(async ({ url }) => {
  console.log(`\nToygres serves ${url}; Ctrl-C stops it, "npm run reset" removes its data.`);
});
