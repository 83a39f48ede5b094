import { loadConfig } from "./config.ts";
import { setUpNamespace } from "./kubernetes/setup.ts";

/** `npm run setup:cluster`: prepares the namespaces of the configuration on its cluster. */
const config = loadConfig();
for (const namespace of config.namespaces) {
  await setUpNamespace({ ...config, namespace });
  process.stdout.write(`namespace "${namespace}" is ready for instances\n`);
}
