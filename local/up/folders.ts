import { join } from "node:path";

/** What stands where under the data folder. */
export function foldersOf(data: string) {
  return {
    metadata: join(data, "metadata"),
    cluster: join(data, "cluster"),
    /** Pods, volumes and prepared data directories of the cluster's one node. */
    node: join(data, "cluster", "node"),
    kubeconfig: join(data, "cluster", "kubeconfig"),
    token: join(data, "cluster", "token"),
    host: join(data, "host"),
    /** Of Azurite, the storage under func start. */
    storage: join(data, "storage"),
    demo: join(data, "demo"),
    logs: join(data, "logs"),
    run: join(data, "run"),
  } as const;
}

export const recordOf = (data: string, name: string): string =>
  join(foldersOf(data).run, `${name}.json`);

/** The processes of the local environment, in the order in which they are stopped. */
export const SERVICES = ["functions-host", "cluster", "metadata"] as const;
/** Those of the app under func start, likewise. */
export const FUNC_SERVICES = ["func", "azurite", "cluster", "metadata"] as const;
export type ServiceName = (typeof SERVICES | typeof FUNC_SERVICES)[number];
