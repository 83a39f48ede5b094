import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "../processes/refusal.ts";
import type { Notify } from "../supervisor/service.ts";
import { HOST, ROOT, startBackends } from "../up/backends.ts";
import { failureOf } from "../up/environment.ts";
import { recordOf } from "../up/folders.ts";
import { inherited } from "../up/service-spec.ts";
import type { FuncOptions } from "./options.ts";
import { startFunc } from "./process.ts";
import { storageOf } from "./storage.ts";
import { findTools, type Tools } from "./tools.ts";

/** Its first start downloads the extension bundle. */
const SERVES_WITHIN_MS = 300_000;

export interface FuncEnvironment {
  readonly url: string;
  /** Resolves when the app answers. */
  served(): Promise<void>;
  /** Rejects when func ends, or a service cannot be kept alive. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Metadata, cluster and Azurite as npm start would run them, and the app under `func start` before them. */
export async function startFuncEnvironment(
  options: FuncOptions,
  notify: Notify,
): Promise<FuncEnvironment> {
  const { data, app, port } = options;
  const tools = await findTools(ROOT, process.env["PATH"] ?? "");
  assertApp(app);
  const backends = await startBackends(options, notify);
  try {
    const storage = await storageOf(data, tools.azurite, notify);
    backends.services.push(storage.service);
    await storage.service.start();
    notify("azurite    ready");
    notify(
      `func       ${tools.funcVersion} on Node ${nodeOf(tools)}, starts; the first time it downloads its extensions`,
    );
    const func = await startFunc({
      func: tools.func,
      app,
      port,
      recordFile: recordOf(data, "func"),
      env: {
        ...inherited(),
        ...backends.settings,
        PATH: tools.path,
        FUNCTIONS_WORKER_RUNTIME: "node",
        AzureWebJobsStorage: storage.connectionString,
      },
    });
    const url = `http://${HOST}:${port}`;
    return {
      url,
      served: () => served(url),
      failed: Promise.race([func.ended, failureOf(backends.services)]),
      async stop() {
        try {
          await func.stop();
        } finally {
          await backends.stop();
        }
      },
    };
  } catch (error) {
    await backends.stop();
    throw error;
  }
}

const nodeOf = ({ nodeVersion, passedOver }: Tools): string =>
  passedOver === undefined
    ? nodeVersion
    : `${nodeVersion} of the project (on the PATH: ${passedOver})`;

function assertApp(app: string): void {
  const missing = ["host.json", "package.json", "dist/main.js"].find(
    (file) => !existsSync(join(app, file)),
  );
  if (missing === undefined) return;
  throw new Refusal(
    `"${app}" has no ${missing}, so it is no app that func can start: run "npm run package", or give a folder with --app`,
  );
}

async function served(url: string): Promise<void> {
  const until = performance.now() + SERVES_WITHIN_MS;
  while (!(await isLive(url))) {
    if (performance.now() > until) {
      throw new Refusal(
        `${url}/health/live did not answer within ${SERVES_WITHIN_MS / 1_000} s: func's lines above say why`,
      );
    }
    await sleep(200);
  }
}

async function isLive(url: string): Promise<boolean> {
  try {
    const { status } = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(2_000) });
    return status === 200;
  } catch {
    return false;
  }
}
