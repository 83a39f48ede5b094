import { readdir, readFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import type { Client } from "pg";
import { z } from "zod";
import { tablesOf } from "./tables.ts";

/** A place that was looked at, and what stands there. */
export interface Finding {
  readonly where: string;
  readonly content: Buffer;
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** A secret as it might be written down: as it is, in JSON (within JSON), in a URL, in Base64 and in hexadecimal. */
function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const texts = [
    ...[secret, inJson(secret), inJson(inJson(secret)), encodeURIComponent(secret)],
    ...[bytes.toString("base64"), bytes.toString("hex")],
  ];
  return [...new Set(texts)].map((text) => Buffer.from(text));
}

/** Where any of the secrets stands, each place once. */
export function findIn(findings: readonly Finding[], secrets: readonly string[]): string[] {
  const forms = secrets.flatMap(formsOf);
  const found = findings.filter(({ content }) => forms.some((form) => content.includes(form)));
  return [...new Set(found.map(({ where }) => where))].sort();
}

/** Every column of every row, as text; binary ones are hexadecimal. */
export async function inTable(client: Client, table: string): Promise<Finding[]> {
  const { rows } = await client.query<{ value: string }>(
    `select value from ${table} r, jsonb_each_text(to_jsonb(r)) where value is not null`,
  );
  return rows.map(({ value }) => ({ where: `table ${table}`, content: Buffer.from(value) }));
}

export async function inTables(client: Client): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const table of await tablesOf(client)) findings.push(...(await inTable(client, table)));
  return findings;
}

/** Arguments and environment of all processes that we may look at. */
export async function inProcesses(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    for (const part of ["cmdline", "environ"]) {
      const content = await readFile(`/proc/${pid}/${part}`).catch(() => undefined);
      if (content !== undefined) findings.push({ where: `process ${part}`, content });
    }
  }
  return findings;
}

/** Looks into every file below the folders, one at a time, since together they are large. */
export async function searchFiles(
  folders: readonly string[],
  secrets: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    // What belongs to a running database may go at any moment, a folder as well as a file.
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) found.push(...(await searchFiles([path], secrets)));
      const content = entry.isFile() ? await readFile(path).catch(() => undefined) : undefined;
      if (content !== undefined) found.push(...findIn([{ where: path, content }], secrets));
    }
  }
  return found;
}

const Groups = z.object({
  groups: z.array(z.object({ preferredVersion: z.object({ groupVersion: z.string() }) })),
});
const Resources = z.object({
  resources: z.array(z.object({ name: z.string(), verbs: z.array(z.string()) })),
});
const List = z.object({
  kind: z.string(),
  items: z.array(z.looseObject({ data: z.record(z.string(), z.string()).optional() })),
});

/** Every object of every kind that the cluster lists; what Secrets hold, decoded too. */
export async function inCluster(kubeconfig: string): Promise<Finding[]> {
  const get = clusterReader(kubeconfig);
  const { groups } = Groups.parse(await get("/apis"));
  const roots = ["/api/v1", ...groups.map((one) => `/apis/${one.preferredVersion.groupVersion}`)];
  const findings: Finding[] = [];
  for (const root of roots) {
    const { resources } = Resources.parse(await get(root));
    for (const { name, verbs } of resources) {
      if (!verbs.includes("list")) continue;
      const { kind, items } = List.parse(await get(`${root}/${name}`));
      const where = `cluster ${kind}`;
      for (const item of items) {
        findings.push({ where, content: Buffer.from(JSON.stringify(item)) });
        for (const value of Object.values(item.data ?? {}))
          findings.push({ where, content: Buffer.from(value, "base64") });
      }
    }
  }
  return findings;
}

function clusterReader(kubeconfig: string): (path: string) => Promise<unknown> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = config.getCurrentCluster()?.server ?? "";
  return async (path) => {
    const options = { headers: {} };
    await config.applyToHTTPSOptions(options);
    return new Promise((resolve, reject) => {
      request(new URL(path, server), options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString("utf8"))));
      })
        .on("error", reject)
        .end();
    });
  };
}
