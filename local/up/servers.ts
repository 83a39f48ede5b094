import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { stopProcess } from "../processes/identity.ts";
import { findServer } from "../postgres/server.ts";
import { refugeOf } from "../postgres/server-user.ts";
import { foldersOf } from "./folders.ts";

const STOP = [{ signal: "SIGINT", waitMs: 10_000 }] as const;

/** Ends the PostgreSQL processes that outlived a killed run, each known by its pid and start time; how many there were. */
export async function stopServers(data: string): Promise<number> {
  const left = [];
  for (const folder of await placesOf(foldersOf(data).metadata)) {
    left.push(await findServer(join(folder, "pgdata")));
  }
  for (const node of await placesOf(foldersOf(data).node)) {
    const pods = join(node, "pods");
    for (const uid of await readdir(pods).catch(() => [])) {
      left.push(await findServer(join(pods, uid), join(pods, uid, "process.json")));
    }
  }
  const servers = left.filter((server) => server !== null);
  await Promise.all(servers.map((server) => stopProcess(server, STOP)));
  return servers.length;
}

/** Removes what lies outside the data folder because the servers' user cannot reach it there; what was removed. */
export async function removeRefuges(data: string): Promise<string[]> {
  const { metadata, node } = foldersOf(data);
  const removed: string[] = [];
  for (const folder of [await refugeOf(metadata), await refugeOf(node)]) {
    const entries = await readdir(folder).catch(() => undefined);
    if (entries === undefined) continue;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    removed.push(folder);
  }
  return removed;
}

async function placesOf(folder: string): Promise<string[]> {
  return [folder, await refugeOf(folder)];
}
