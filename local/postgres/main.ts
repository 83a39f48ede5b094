import { parseArgs } from "node:util";
import { Refusal } from "../processes/refusal.ts";
import { startMetadata } from "./metadata.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string" },
  },
});

function fail(message: string): never {
  console.error(`metadata: ${message}`);
  process.exit(1);
}

const port = Number(values.port);
if (values.data === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
  fail("usage: node local/postgres/main.ts --data FOLDER --port PORT [--host ADDRESS]");
}

try {
  const server = await startMetadata(
    { directory: values.data, host: values.host, port },
    (line) => {
      console.log(`metadata: ${line}`);
    },
  );
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error instanceof Error ? error.message : "cannot stop"),
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  // Whoever supervises us starts us again; a server that dies takes us with it so that they see it.
  void server.exited.then(() => {
    if (!stopping)
      fail("the server process ended by itself: its log is server.log in the data folder");
  });
  // An adopted or unreferenced server keeps nothing alive, so hold the process ourselves.
  setInterval(() => undefined, 60_000);
  console.log(
    `metadata: ready on ${values.host}:${port} (pid ${server.pid}${server.adopted ? ", adopted" : ""})`,
  );
} catch (error) {
  if (error instanceof Refusal) fail(error.message);
  throw error;
}
