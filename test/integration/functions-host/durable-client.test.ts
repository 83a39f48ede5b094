import { endOf, eventually, launchHost, type HostProcess } from "../../support/functions-host.ts";

let host: HostProcess;

beforeAll(async () => {
  host = await launchHost();
});

afterAll(async () => {
  await host.stop();
});

const post = (path: string, body?: unknown) =>
  fetch(host.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

describe("the durable client of an unmodified app", () => {
  it("starts an orchestration, whose addresses then answer", async () => {
    const started = await post("/api/orchestrators/seq?id=client-seq");
    expect(started.status).toBe(202);
    const urls = (await started.json()) as Record<string, string>;
    expect(urls["statusQueryGetUri"]).toBe(
      `${host.url}/runtime/webhooks/durabletask/instances/client-seq?taskHub=ProbeHub&connection=Storage`,
    );
    await endOf(host.url, "client-seq");
    const status = await fetch(urls["statusQueryGetUri"] ?? "");
    expect([status.status, await status.json()]).toMatchObject([
      200,
      {
        name: "seq",
        runtimeStatus: "Completed",
        input: "",
        output: ["Hello A", "Hello B", "Hello C"],
      },
    ]);
  });

  it("passes an input on, and timers fire", async () => {
    await post("/api/orchestrators/timer?id=client-timer", { milliseconds: 50 });
    expect(await endOf(host.url, "client-timer")).toMatchObject({ output: "fired" });
  });

  it("cannot start an id that runs: the handler throws and the caller gets 500", async () => {
    await post("/api/orchestrators/approve?id=twice");
    expect((await post("/api/orchestrators/approve?id=twice")).status).toBe(500);
    expect(host.lines.join("\n")).toMatch(/unexpected status code: 409/);
  });

  it("sees an event that is raised over the webhook", async () => {
    await post("/api/orchestrators/approve?id=client-event");
    const address = "/runtime/webhooks/durabletask/instances/client-event/raiseEvent/Approval";
    await eventually("the event is taken", 5000, async () =>
      (await post(address, { by: "me" })).status === 202 ? true : undefined,
    );
    expect(await endOf(host.url, "client-event")).toMatchObject({
      output: { approval: { by: "me" } },
    });
  });

  it("gets the text of a failed activity", async () => {
    await post("/api/orchestrators/failing?id=client-failing");
    const { runtimeStatus, output } = await endOf(host.url, "client-failing");
    expect(runtimeStatus).toBe("Failed");
    expect(output).toMatch(
      /^Orchestrator function 'failing' failed: Activity function 'fail' failed: {2}activity failed for x \n /,
    );
  });

  it("is terminated and purged over the webhook", async () => {
    await post("/api/orchestrators/approve?id=client-gone");
    const address = "/runtime/webhooks/durabletask/instances/client-gone";
    expect((await post(`${address}/terminate?reason=enough`)).status).toBe(202);
    expect(await endOf(host.url, "client-gone")).toMatchObject({
      runtimeStatus: "Terminated",
      output: "enough",
    });
    const purged = await fetch(host.url + address, { method: "DELETE" });
    expect(await purged.json()).toEqual({ instancesDeleted: 1 });
    expect((await fetch(host.url + address)).status).toBe(404);
  });

  it("writes what an activity logs with its name and invocation", async () => {
    await post("/api/orchestrators/seq?id=client-logs");
    await endOf(host.url, "client-logs");
    expect(host.lines.find((line) => line.endsWith("saying A"))).toMatch(/\[say [0-9a-f-]{36}\]/);
  });
});
