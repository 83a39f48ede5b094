import { Refusal } from "../processes/refusal.ts";
import { durableOn } from "./durable.ts";
import { faultsFromFile } from "./engine/faults.ts";
import { MemoryStore } from "./engine/memory-store.ts";
import type { Store } from "./engine/store.ts";
import { startFunctionsHost, type RunningHost } from "./host.ts";
import { readHostJson } from "./host-json.ts";
import { keptKeys } from "./http/keys.ts";
import { captureConsole } from "./logs/console.ts";
import { messageOf, stackOf } from "./logs/failure.ts";
import { lineLog, type Log } from "./logs/log.ts";
import { readCommandLine, STORE_URL, type CommandLine } from "./options.ts";

const STOP_LIMIT_MS = 15_000;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function run(): Promise<void> {
  const line = readCommandLine(process.argv.slice(2), process.env);
  // The app shares this process and has no business with the host's store.
  Reflect.deleteProperty(process.env, STORE_URL);
  const settings = readHostJson(line.app, process.env);
  const log = lineLog({
    json: line.jsonLogs,
    levels: settings.logLevels,
    write: print,
    now: () => new Date(),
  });
  dieLoudly(log);
  captureConsole(log);
  const { data, faults } = line;
  const host = await startFunctionsHost({
    appDirectory: line.app,
    port: line.port,
    settings,
    keys: line.enableAuth && data !== undefined ? keptKeys(data) : null,
    log,
    startDurable: durableOn({
      store: await storeOf(line.store),
      ...(faults !== undefined && { faults: faultsFromFile(faults) }),
      ...(data !== undefined && { dataDirectory: data }),
    }),
  });
  stopOnSignal(host, log);
  for (const text of host.listing) print(text);
  print(`Functions host ready on ${host.url}`);
}

async function storeOf(store: CommandLine["store"]): Promise<Store> {
  if (store.kind === "memory") return new MemoryStore();
  const { PostgresStore } = await import("./engine/postgres-store.ts");
  return new PostgresStore(store.url);
}

/** Nothing is known of the app's state after such an error; whoever supervises us starts us again. */
function dieLoudly(log: Log): void {
  const die = (what: string) => (error: unknown) => {
    log({
      level: "critical",
      category: "Worker",
      text: `${what}: ${messageOf(error)}\n${stackOf(error)}`,
    });
    process.exit(1);
  };
  process.on("uncaughtException", die("uncaught exception"));
  process.on("unhandledRejection", die("unhandled rejection"));
}

function stopOnSignal(host: RunningHost, log: Log): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    host.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log({ level: "error", category: "Host.General", text: `cannot stop: ${messageOf(error)}` });
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

try {
  await run();
} catch (error) {
  process.stderr.write(
    `functions-host: ${error instanceof Refusal ? error.message : `${messageOf(error)}\n${stackOf(error)}`}\n`,
  );
  process.exit(1);
}
