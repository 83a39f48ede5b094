import { runDemo } from "./demo/run.ts";
import { runCommand } from "./up/command.ts";
import { foldersOf } from "./up/folders.ts";

await runCommand(async ({ url }, { data }) => {
  await runDemo(url, foldersOf(data).demo);
  const seconds = process.uptime().toFixed(1);
  console.log(`ready after ${seconds} s; runs until Ctrl-C, "npm run reset" removes its data`);
});
