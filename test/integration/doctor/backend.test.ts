import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import type { StorageService } from "../../../src/doctor/deps.ts";
import { AksStage } from "../../support/azure/aks-stage.ts";
import { freePort } from "../../support/postgres.ts";
import { examine } from "./examine.ts";

const stage = AksStage.use();

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

const answering = (listener: RequestListener) =>
  listening(
    createHttpServer((request, response) => {
      response.setHeader("connection", "close");
      listener(request, response);
    }),
  );

const tcp = () => listening(createServer((socket) => socket.destroy()));

describe("Azurite", () => {
  const env = { AzureWebJobsStorage: "UseDevelopmentStorage=true" };

  it("is there when its three ports are", async () => {
    const azuritePorts = { blob: await tcp(), queue: await tcp(), table: await tcp() };
    const { of } = await examine(env, { places: { azuritePorts } });

    expect(of("backend")).toEqual({ status: "ok", found: "Azurite listens" });
  });

  it("is told by the ports at which nothing listens", async () => {
    const table = await freePort();
    const azuritePorts = { blob: await tcp(), queue: await tcp(), table };
    const { of } = await examine(env, { places: { azuritePorts } });

    expect(of("backend")).toMatchObject({
      status: "failed",
      found: `nothing of Azurite's table service listens on 127.0.0.1:${table}; Azurite listens`,
      fix: expect.stringContaining("Start Azurite"),
    });
  });
});

describe("a storage account with the identity", () => {
  /** As the account does: 403 where a role is missing, 401 for a token that it did not ask for. */
  async function account(refused: readonly StorageService[]) {
    const asked: string[] = [];
    const port = await answering((request, response) => {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
      const [, service = "", rest = ""] = /^\/(\w+)(.*)$/.exec(request.url ?? "") ?? [];
      asked.push(`${service} ${rest} ${String(request.headers["x-ms-version"])}`);
      const good = stage.azure.accepts("https://storage.azure.com", token);
      const status = refused.some((one) => one === service) ? 403 : 200;
      response.writeHead(good ? status : 401).end("<x/>");
    });
    const { of, text } = await examine(
      { AzureWebJobsStorage__accountName: "sttoygres", AZURE_CLIENT_ID: stage.azure.clientId },
      { places: { storage: (_name, service) => new URL(`http://127.0.0.1:${port}/${service}/`) } },
    );
    return { seen: of("backend"), signIn: of("sign-in"), text, asked };
  }

  it("lets it in, by a listing of each of the three services", async () => {
    const { seen, signIn, asked } = await account([]);

    expect(signIn).toEqual({ status: "ok", found: "a token for Azure Storage" });
    expect(seen).toMatchObject({ status: "ok" });
    expect(asked.toSorted()).toEqual([
      "blob /?comp=list&maxresults=1 2023-11-03",
      "queue /?comp=list&maxresults=1 2023-11-03",
      "table /Tables?$top=1 2023-11-03",
    ]);
  });

  it.each([
    ["blob", "Storage Blob Data Owner"],
    ["queue", "Storage Queue Data Contributor"],
    ["table", "Storage Table Data Contributor"],
  ] as const)("that refuses %s lacks %s", async (service, role) => {
    const { seen } = await account([service]);

    expect(seen).toMatchObject({
      status: "failed",
      found: expect.stringContaining(`refuses the identity its ${service} service (403)`),
      fix: expect.stringContaining(`\`${role}\``),
    });
  });
});

describe("a connection string", () => {
  it("is judged by whether the account answers, and its key is neither sent nor shown", async () => {
    let sent = "";
    const port = await answering((request, response) => {
      sent += JSON.stringify([request.url, request.headers]);
      response.writeHead(400).end();
    });
    const at = `http://127.0.0.1:${port}/sttoygres`;
    const { of, text } = await examine({
      AzureWebJobsStorage: `AccountName=sttoygres;AccountKey=canary==;BlobEndpoint=${at};QueueEndpoint=${at};TableEndpoint=${at}`,
    });

    expect(of("backend")).toEqual({ status: "ok", found: 'storage account "sttoygres" answers' });
    expect(sent + text).not.toContain("canary");
  });

  it.each([
    ["storage account", { AzureWebJobsStorage: "AccountKey=canary==" }, "it names no account"],
    [
      "Durable Task Scheduler",
      { DURABLE_TASK_SCHEDULER_CONNECTION_STRING: "Endpoint=https://127.0.0.1:1;ClientID=x" },
      "the Durable Task Scheduler at 127.0.0.1 cannot be reached (ECONNREFUSED)",
    ],
  ])("of a %s that leads nowhere fails", async (_what, env, found) => {
    const { of, text } = await examine(env);

    expect(of("backend")).toMatchObject({
      status: "failed",
      found: expect.stringContaining(found),
    });
    expect(text).not.toContain("canary");
  });

  it("of a Durable Task Scheduler is good when it answers over TLS", async () => {
    const { of } = await examine({
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: "DTS",
      DTS: `Endpoint=${stage.azure.url};Authentication=ManagedIdentity`,
    });
    expect(of("backend")).toEqual({
      status: "ok",
      found: "the Durable Task Scheduler at 127.0.0.1 answers over TLS",
    });
  });
});

describe("the app", () => {
  async function answered(status: number, metadata: string, args: readonly string[] = []) {
    const check = (word: string) => ({ status: word, latencyMs: 3 });
    const port = await answering((request, response) => {
      const isHealth = request.url === "/health";
      const good = request.headers["x-functions-key"] === "good";
      response.writeHead(isHealth ? status : good ? 200 : 401);
      const checks = {
        metadata: check(metadata),
        cluster: check("healthy"),
        durable: check("healthy"),
      };
      response.end(JSON.stringify(isHealth ? { checks } : {}));
    });
    const url = `http://127.0.0.1:${port}`;
    return { url, run: (env = {}) => examine({ TOYGRES_URL: url, ...env }, { args }) };
  }

  it("that says which of its checks is unhealthy is believed", async () => {
    const { run } = await answered(503, "unhealthy");
    const { of, code } = await run();

    expect(code).toBe(1);
    expect(of("app")).toMatchObject({ status: "failed", found: "unhealthy: metadata" });
  });

  it.each([
    ["good", "ok", "healthy: metadata 3 ms, cluster 3 ms, durable 3 ms; the key is good"],
    ["canary-key", "failed", "the app does not take the key; healthy: metadata 3 ms"],
  ])("is asked with the key, %s, which is not shown", async (key, status, found) => {
    const { run } = await answered(200, "healthy");
    const { of, text } = await run({ TOYGRES_KEY: key });

    expect(of("app")).toMatchObject({ status, found: expect.stringContaining(found) });
    expect(text).not.toContain("canary");
  });

  it("is never sent a key in the clear over a network", async () => {
    const { of } = await examine({ TOYGRES_URL: "http://app.example", TOYGRES_KEY: "canary" });

    expect(of("app")).toMatchObject({
      status: "failed",
      found: expect.stringContaining("is not https"),
    });
  });
});
