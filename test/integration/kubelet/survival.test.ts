import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { identify } from "../../../local/processes/identity.ts";
import { recordFrom } from "../../../local/cluster/kubelet/status.ts";
import { isReady } from "../../../local/cluster/controllers/objects.ts";
import type { KubernetesObject, NewObject } from "../../../local/cluster/store/object.ts";
import { NAMESPACE, newPlace, plainInstance, removePlace } from "../../support/kubelet-world.ts";

const PLURALS: Record<string, string> = {
  Secret: "api/v1/namespaces/toygres/secrets",
  PersistentVolumeClaim: "api/v1/namespaces/toygres/persistentvolumeclaims",
  StatefulSet: "apis/apps/v1/namespaces/toygres/statefulsets",
  Pod: "api/v1/namespaces/toygres/pods",
};

interface ClusterProcess {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
}

describe("a cluster in its own process", () => {
  let place: { folder: string; addressBlock: number };
  let cluster: ClusterProcess | null = null;

  async function start(): Promise<ClusterProcess> {
    const main = join(import.meta.dirname, "../../../local/cluster/main.ts");
    const args = [
      "--data",
      place.folder,
      "--kubeconfig",
      join(place.folder, "kubeconfig"),
      "--port",
      "0",
    ];
    const child: ChildProcess = spawn(process.execPath, [main, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
    const url = await new Promise<string>((resolve, reject) => {
      if (child.stdout !== null) {
        createInterface({ input: child.stdout }).on("line", (line) => {
          const found = /ready at (\S+),/.exec(line)?.[1];
          if (found !== undefined) resolve(found);
        });
      }
      void closed.then(() => reject(new Error("the cluster ended before it was ready")));
    });
    cluster = {
      url,
      async end(signal) {
        child.kill(signal);
        await closed;
      },
    };
    return cluster;
  }

  async function post(path: string, object: NewObject | object): Promise<void> {
    const answer = await fetch(`${cluster?.url ?? ""}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(object),
    });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  }

  async function readyPod(restarts: number): Promise<{ pid: number; pod: KubernetesObject }> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const answer = await fetch(`${cluster?.url ?? ""}/${PLURALS["Pod"] ?? ""}/pg-0`);
      const pod = (await answer.json()) as KubernetesObject;
      if (answer.ok && isReady(pod) && recordFrom(pod).restarts === restarts) {
        return { pod, pid: Number(recordFrom(pod).containerId.slice("process://".length)) };
      }
      if (performance.now() > deadline)
        throw new Error(`pg-0 is not ready: ${JSON.stringify(pod.status)}`);
      await sleep(50);
    }
  }

  beforeAll(async () => {
    place = await newPlace();
  });
  afterAll(async () => {
    await cluster?.end("SIGTERM");
    await removePlace(place);
  });

  it("adopts the server that it left when it was killed, and starts it anew after a clean end", async () => {
    const first = await start();
    await post("api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: NAMESPACE },
    });
    for (const object of plainInstance("pg")) {
      await post(PLURALS[object.kind] ?? "", object);
    }
    const { pid, pod } = await readyPod(0);
    const before = await identify(pid);
    await first.end("SIGKILL");
    expect(await identify(pid)).toEqual(before);

    const second = await start();
    expect((await readyPod(0)).pid).toBe(pid);
    expect(await identify(pid)).toEqual(before);

    await second.end("SIGTERM");
    expect(await identify(pid)).toBeNull();

    await start();
    const third = await readyPod(1);
    expect(third.pid).not.toBe(pid);
    expect(third.pod.metadata.uid).toBe(pod.metadata.uid);
    const log = await fetch(`${cluster?.url ?? ""}/${PLURALS["Pod"] ?? ""}/pg-0/log?tailLines=1`);
    expect(await log.text()).toMatch(/database system is ready to accept connections\n$/);
    const file = join(place.folder, "node/pods", pod.metadata.uid, "process.json");
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(await identify(third.pid));
  });
});
