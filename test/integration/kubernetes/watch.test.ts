import { once } from "node:events";
import { createServer } from "node:http";
import { KubeConfig } from "@kubernetes/client-node";
import { nextChange } from "../../../src/kubernetes/watch.ts";

/** A cluster that takes connections and says nothing. */
async function silentCluster() {
  const server = createServer(() => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "silent", server: `http://127.0.0.1:${address.port}`, skipTLSVerify: true },
    { name: "nobody" },
  );
  return {
    config,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("watching for a change", () => {
  it("ends with its slice when the cluster takes the request and never answers", async () => {
    const { config, stop } = await silentCluster();
    try {
      const began = performance.now();
      const seen = await nextChange({ config }, "Pod", "toygres", {}, "1", 300, () => true);

      expect(seen).toBeUndefined();
      expect(performance.now() - began).toBeLessThan(3_000);
    } finally {
      await stop();
    }
  });
});
