import type { V1ConfigMap } from "@kubernetes/client-node";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startCluster } from "../../../local/cluster/server.ts";
import { openStore } from "../../../local/cluster/store/open-store.ts";
import { clientsOf, temporaryFolder, plain } from "./running-cluster.ts";

/** Starts the cluster's program; resolves with its ready line or what it said on leaving. */
async function program(
  folder: string,
  ...more: string[]
): Promise<{ child: ChildProcess; said: string }> {
  const args = [
    "local/cluster/main.ts",
    "--data",
    folder,
    "--kubeconfig",
    join(folder, "kubeconfig"),
    "--kubelet",
    "none",
    ...more,
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  await new Promise<void>((resolve) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes("\n")) resolve();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", () => resolve());
  });
  return { child, said };
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

describe("the cluster's data", () => {
  it("keeps every acknowledged write when the server is killed while it writes", async () => {
    const { folder, remove } = temporaryFolder();
    const { child } = await program(folder);
    const { core } = clientsOf(join(folder, "kubeconfig"));
    const acknowledged: string[] = [];
    const exit = once(child, "exit");
    const writers = [0, 1, 2, 3].map(async (writer) => {
      for (let turn = 0; ; turn += 1) {
        const name = `w${writer}-${turn}`;
        await core.createNamespacedConfigMap({
          namespace: "default",
          body: plain<V1ConfigMap>({ metadata: { name }, data: { writer: String(writer) } }),
        });
        acknowledged.push(name);
        if (acknowledged.length === 60) child.kill("SIGKILL");
      }
    });
    await Promise.allSettled(writers);
    await exit;
    appendFileSync(join(folder, "store", "journal.jsonl"), '{"version":999,"put":{"kind":"Conf');

    const after = await startCluster({ folder });
    const kept = after.store.list("ConfigMap").map(({ metadata }) => metadata.name);
    const next = await after.store.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "after", namespace: "default" },
    });
    const versions = after.store
      .list("ConfigMap")
      .map(({ metadata }) => Number(metadata.resourceVersion));
    await after.stop();
    remove();
    expect(kept).toEqual(expect.arrayContaining(acknowledged));
    expect(Math.max(...versions)).toBe(Number(next.metadata.resourceVersion));
  });

  it("is the same after a restart, versions and uids included, and versions go on rising", async () => {
    const { folder, remove } = temporaryFolder();
    const first = await startCluster({ folder });
    const kept = await first.store.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "kept", namespace: "default" },
      data: { a: "YQ==" },
    });
    await first.store.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "dropped", namespace: "default" },
    });
    await first.store.delete({ kind: "Secret", namespace: "default", name: "dropped" });
    const version = Number(first.store.version());
    await first.stop();
    const second = await startCluster({ folder });
    const again = second.store.list("Secret");
    const versionAfter = Number(second.store.version());
    expect(() => second.store.watch("Secret", "1", () => undefined)).toThrow(
      "too old resource version",
    );
    await second.stop();
    const mode = statSync(join(folder, "store", "journal.jsonl")).mode & 0o777;
    remove();
    expect(again).toEqual([kept]);
    expect(versionAfter).toBe(version);
    expect(mode).toBe(0o600);
  });

  it("is used by one server at a time, and free again when its server was killed", async () => {
    const { folder, remove } = temporaryFolder();
    const { child } = await program(folder);
    const second = await program(folder);
    expect(second.said).toContain(`in use by process ${child.pid ?? ""}`);
    await killed(child);
    const third = await program(folder);
    expect(third.said).toContain("Cluster ready at http://127.0.0.1:");
    const stopped = once(third.child, "exit");
    third.child.kill("SIGTERM");
    const [code] = (await stopped) as [number];
    remove();
    expect(code).toBe(0);
  });

  it("says in one sentence that its port is in use", async () => {
    const { folder, remove } = temporaryFolder();
    const first = await startCluster();
    const port = new URL(first.url).port;
    const second = await program(folder, "--port", port);
    await first.stop();
    remove();
    expect(second.said).toBe(
      `Port ${port} of 127.0.0.1 is in use: stop what listens there, or give the cluster another port.\n`,
    );
  });

  it("rewrites its journal when it is mostly history, and loses nothing by it", async () => {
    const { folder, remove } = temporaryFolder();
    const counter = { kind: "ConfigMap", namespace: "default", name: "counter" };
    const store = await openStore({ folder });
    await store.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "counter", namespace: "default" },
      data: { n: "0" },
    });
    await Promise.all(
      Array.from({ length: 4_500 }, () =>
        store.modify(counter, (draft) => {
          draft.data = { n: String(Number(draft.data?.["n"]) + 1) };
        }),
      ),
    );
    const version = store.version();
    await store.close();
    const lines = readFileSync(join(folder, "journal.jsonl"), "utf8").split("\n").length;
    const again = await openStore({ folder });
    const kept = { data: again.get(counter)?.data, version: again.version() };
    await again.close();
    remove();
    expect(kept).toEqual({ data: { n: "4500" }, version });
    expect(lines).toBeLessThan(1_000);
  });
});
