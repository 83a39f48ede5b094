import { startFuncEnvironment } from "./func/environment.ts";
import { readFuncOptions } from "./func/options.ts";
import { runUntilStopped } from "./up/command.ts";

/** `npm run start:func`: the app under Azure Functions Core Tools, on Azurite, our cluster and our metadata. */
await runUntilStopped(async (notify) => {
  const environment = await startFuncEnvironment(readFuncOptions(process.argv.slice(2)), notify);
  return {
    ...environment,
    async whenUp() {
      await environment.served();
      console.log(`\nToygres serves ${environment.url} under func start; Ctrl-C stops it.`);
    },
  };
});
