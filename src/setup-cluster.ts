import { loadConfig } from "./config.ts";
import { createIdentity } from "./identity/identity.ts";
import { setUpNamespace } from "./kubernetes/setup.ts";

/** `npm run setup:cluster`: prepares the namespaces of the configuration on its cluster. */
const config = loadConfig();
const identity = createIdentity({ clientId: config.azureClientId });
for (const namespace of config.namespaces) {
  await setUpNamespace({ ...config, identity, namespace });
  process.stdout.write(`namespace "${namespace}" is ready for instances\n`);
}
