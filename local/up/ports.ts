import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { Refusal } from "../processes/refusal.ts";

const Ports = z.object({ metadata: z.int(), cluster: z.int() });
export type Ports = z.infer<typeof Ports>;

const HOST = "127.0.0.1";

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, HOST);
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

/** Refuses at once, before anything is started, when the port that users call is another's. */
export async function assertFree(port: number): Promise<void> {
  if (await isFree(port)) return;
  throw new Refusal(
    `port ${port} of ${HOST} is in use: stop what listens there, or give another one with --port`,
  );
}

const fileOf = (run: string): string => join(run, "ports.json");

/**
 * The ports behind the API. They stay the same over restarts, since a database that outlived a killed run is found
 * again by its port; the first time they are whatever is free.
 */
export async function portsOf(run: string): Promise<Ports> {
  try {
    return Ports.parse(JSON.parse(await readFile(fileOf(run), "utf8")));
  } catch {
    return newPorts(run);
  }
}

export async function newPorts(run: string): Promise<Ports> {
  const ports = { metadata: await freePort(), cluster: await freePort() };
  await writeFile(fileOf(run), JSON.stringify(ports));
  return ports;
}
