import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { Refusal } from "../processes/refusal.ts";

const Kubeconfig = z.object({
  "current-context": z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: z.object({ server: z.string() }) })),
});

/** The server of a kubeconfig's current context: shown before anything is done to it. */
export async function serverOf(file: string): Promise<string> {
  try {
    const config = Kubeconfig.parse(parse(await readFile(file, "utf8")));
    const context = config.contexts.find(({ name }) => name === config["current-context"]);
    const cluster = config.clusters.find(({ name }) => name === context?.context.cluster);
    if (cluster) return cluster.cluster.server;
  } catch {
    throw new Refusal(
      `"${file}" cannot be read as a kubeconfig: give the path of one with --kubeconfig`,
    );
  }
  throw new Refusal(`"${file}" has no current context with a cluster: choose one in it`);
}
