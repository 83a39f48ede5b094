import { join } from "node:path";
import { STORE_URL } from "../functions-host/options.ts";
import { type Notify, Service } from "../supervisor/service.ts";
import { HOST, ROOT, startBackends } from "./backends.ts";
import { foldersOf } from "./folders.ts";
import type { UpOptions } from "./options.ts";
import { specOf } from "./service-spec.ts";

export interface Environment {
  /** Of the API. */
  readonly url: string;
  readonly services: readonly Service[];
  /** Rejects when a service cannot be kept alive. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Starts metadata, cluster and functions host as processes of their own and keeps them running. */
export async function startEnvironment(options: UpOptions, notify: Notify): Promise<Environment> {
  const { data, app, port, faults, enableAuth } = options;
  const backends = await startBackends(options, notify);
  const { databaseUrl, services, settings, stop } = backends;
  try {
    const host = new Service(
      specOf(data, "functions-host", {
        args: [
          join(ROOT, "local/functions-host/main.ts"),
          ...["--app", app, "--port", String(port)],
          ...["--data", foldersOf(data).host, "--store", "postgres"],
          ...(faults === undefined ? [] : ["--faults", faults]),
          ...(enableAuth ? ["--enable-auth"] : []),
        ],
        ready: /^Functions host ready on /,
        env: { ...settings, [STORE_URL]: databaseUrl },
      }),
      notify,
    );
    services.push(host);
    await host.start();
    notify(`functions  ready  http://${HOST}:${port}`);
    return { url: `http://${HOST}:${port}`, services, failed: failureOf(services), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Rejects when the first of them cannot be kept alive. */
export function failureOf(services: readonly Service[]): Promise<never> {
  const failed = Promise.race(services.map((service) => service.failed));
  failed.catch(() => undefined);
  return failed;
}
