import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../../src/kubernetes/connect.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "toygres-test-connect-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function kubeconfig(server: string, currentContext = "here"): Promise<string> {
  const path = join(folder, `${Math.random()}.yaml`);
  await writeFile(
    path,
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server } }],
      users: [{ name: "u", user: { token: "very-secret-token" } }],
      contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
      "current-context": currentContext,
    }),
  );
  return path;
}

const serviceAccountFolder = "/nowhere/serviceaccount";

describe("connecting to the cluster", () => {
  it("takes the kubeconfig that is given", async () => {
    const { config } = await connect({
      kubeconfig: await kubeconfig("https://cluster.example.com:6443"),
    });

    expect(config.getCurrentCluster()?.server).toBe("https://cluster.example.com:6443");
  });

  it("does not look at KUBECONFIG", async () => {
    const before = process.env["KUBECONFIG"];
    process.env["KUBECONFIG"] = await kubeconfig("https://somebody-elses.example.com");
    try {
      await expect(connect({ serviceAccountFolder })).rejects.toThrow(
        /^no cluster is configured: give a kubeconfig file in TOYGRES_KUBECONFIG/,
      );
    } finally {
      if (before === undefined) delete process.env["KUBECONFIG"];
      else process.env["KUBECONFIG"] = before;
    }
  });

  it("takes plain HTTP to loopback only", async () => {
    const { config: local } = await connect({
      kubeconfig: await kubeconfig("http://127.0.0.1:8001"),
    });
    expect(local.getCurrentCluster()?.server).toBe("http://127.0.0.1:8001");

    await expect(
      connect({ kubeconfig: await kubeconfig("http://cluster.example.com") }),
    ).rejects.toThrow("is not https");
  });

  it("refuses a kubeconfig that does not exist", async () => {
    await expect(connect({ kubeconfig: join(folder, "missing") })).rejects.toThrow(
      "cannot be read: does it exist?",
    );
  });

  it("refuses one without a current context", async () => {
    await expect(
      connect({ kubeconfig: await kubeconfig("https://x.example.com", "elsewhere") }),
    ).rejects.toThrow("names no current context");
  });

  it("refuses one that is none, without quoting it", async () => {
    const path = join(folder, "broken");
    await writeFile(path, "token: very-secret-token\n: : [");

    const error: unknown = await connect({ kubeconfig: path }).catch((it: unknown) => it);
    expect(String(error)).toContain("is not valid");
    expect(String(error)).not.toContain("very-secret-token");
    expect(String(error)).not.toContain(folder);
  });
});
