import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepRecording } from "./keep-recording.ts";
import { recordingOfStatus } from "./new-recording.ts";
import { orderOf, recordings, usual } from "./order-flow.ts";
import { readRecordings, type Recording } from "./recording.ts";
import { readOptions } from "./recorder/options.ts";
import { statusOf } from "./recorder/webhook.ts";

const order = orderOf(usual);
const recorded = await recordings(order);

describe("keeping a recording", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "toygres-test-replay-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const keep = (recording: Recording, overwrite = false, name = "usual") =>
    keepRecording(recording, name, { orchestrations: [order], overwrite, folder });
  const path = "test/order/1.0/usual.json";

  it("puts it where its content says, from where it is read as it was", async () => {
    expect(await keep(recorded.payload)).toEqual({ path, written: true });
    expect(await readRecordings(folder)).toMatchObject([
      { case: "usual", path, recording: recorded.payload },
    ]);
  });

  it("leaves what is there, unless it is told to overwrite it", async () => {
    await keep(recorded.payload);
    expect(await keep(recorded.webhook)).toEqual({ path, written: false });
    expect(await readRecordings(folder)).toMatchObject([{ recording: recorded.payload }]);
    expect(await keep(recorded.webhook, true)).toEqual({ path, written: true });
    expect(await readRecordings(folder)).toMatchObject([{ recording: recorded.webhook }]);
  });

  it("keeps a host's answer with its members in the host's order", async () => {
    await keep(recorded.webhook);
    const text = await readFile(join(folder, path), "utf8");
    const { webhook } = recorded;
    expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(webhook));
    if (webhook.encoding !== "webhook") throw new Error("another encoding was asked for");
    expect(Object.keys(webhook.body).slice(0, 3)).toEqual(["name", "instanceId", "runtimeStatus"]);
    expect(Object.keys(webhook.body).at(-1)).toBe("historyEvents");
  });

  it("refuses one that holds a secret or a path, and changes nothing in it", async () => {
    if (recorded.payload.encoding !== "payload") throw new Error("another encoding was asked for");
    const input = { order: "o-1", password: "hunter2", file: "/tmp/x/y" };
    await expect(keep({ ...recorded.payload, input })).rejects.toThrow(
      `${path} is not written, since it would hold a password, key or token, a path of the machine`,
    );
    expect(await readRecordings(folder)).toEqual([]);
  });

  it("refuses one that the code of today does not replay", async () => {
    const other = [orderOf(["notify"])];
    await expect(
      keepRecording(recorded.payload, "usual", { orchestrations: other, overwrite: true, folder }),
    ).rejects.toThrow(
      `${path} is not written, since its replay fails already: test::orchestration::order 1.0, "usual": step 1 was`,
    );
    expect(await readRecordings(folder)).toEqual([]);
  });

  it("refuses a case whose name is no file's", async () => {
    await expect(keep(recorded.payload, false, "../usual")).rejects.toThrow(
      '"../usual" is no name of a case: write it in kebab-case',
    );
  });
});

describe("recording over the webhook of a host", () => {
  let server: Server;
  let url: string;
  let asked: IncomingMessage | undefined;
  let status = 200;

  beforeAll(async () => {
    const { webhook } = recorded;
    server = createServer((request, response) => {
      asked = request;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(webhook.encoding === "webhook" && webhook.body));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    status = 200;
  });

  it("asks for history, results and input, with the key in a header", async () => {
    const answer = await statusOf({ url, key: "the key" }, "order:1");
    expect(asked?.url).toBe(
      "/runtime/webhooks/durabletask/instances/order%3A1?showHistory=true&showHistoryOutput=true&showInput=true",
    );
    expect(asked?.headers["x-functions-key"]).toBe("the key");
    expect(recordingOfStatus(answer, undefined, [order])).toMatchObject({
      ...recorded.webhook,
      recordedAt: expect.any(String),
    });
  });

  it("takes the newest version for the one it began on, if none is given", async () => {
    const answer = await statusOf({ url }, "order-1");
    const other = { ...order, name: "test::orchestration::other", version: "7.0" } as const;
    const code = [order, orderOf(usual, { version: "1.1" }), other];
    const versions = (begunOn?: string | null) => {
      const { begunOn: on, implementation } = recordingOfStatus(answer, begunOn, code);
      return [on, implementation];
    };
    expect(versions()).toEqual(["1.1", "1.1"]);
    expect(versions("1.0")).toEqual(["1.0", "1.0"]);
    expect(versions("2.5")).toEqual(["2.5", "1.1"]);
    expect(versions(null)).toEqual([null, "1.0"]);
    expect(() => recordingOfStatus(answer, "0.9", code)).toThrow(
      'none of our libraries has an orchestration "test::orchestration::order" that runs version 0.9',
    );
  });

  it.each([
    [
      401,
      "the host refused the key: name the variable that holds its durabletask_extension key with --key-env",
    ],
    [404, "the host has no instance of this id"],
    [500, "the host answered 500"],
  ])("says what a %i means", async (code, sentence) => {
    status = code;
    await expect(statusOf({ url, key: "the key" }, "order-1")).rejects.toThrow(
      new RegExp(`^${sentence}$`),
    );
  });

  it("says when nothing answers", async () => {
    await expect(statusOf({ url: "http://127.0.0.1:1/x" }, "order-1")).rejects.toThrow(
      /^no host answers at http:\/\/127\.0\.0\.1:1$/,
    );
  });
});

describe("the options of the recorder", () => {
  it("record what is missing, when there are none", () => {
    expect(readOptions([], {})).toEqual({ what: "scenarios", overwrite: false });
    expect(readOptions(["--overwrite"], {})).toEqual({ what: "scenarios", overwrite: true });
  });

  it("record one instance, with the key out of the environment", () => {
    const args = ["--url", "http://host", "--id", "i", "--case", "c", "--key-env", "KEY"];
    expect(readOptions([...args, "--version", "none"], { KEY: "k" })).toEqual({
      ...{ what: "instance", overwrite: false, url: "http://host", id: "i", case: "c" },
      ...{ key: "k", version: null },
    });
    expect(readOptions([...args, "--version", "1.2"], { KEY: "k" })).toMatchObject({
      version: "1.2",
    });
    expect(() => readOptions(args, {})).toThrow(
      '--key-env: the environment variable "KEY" is empty',
    );
  });

  it.each([[["--id", "i"]], [["--url", "http://host"]], [["--url", "nowhere", "--id", "i"]]])(
    "refuse what does not belong together: %j",
    (args) => {
      expect(() => readOptions(args, {})).toThrow(
        /^--url with a URL, --id and --case belong together\nnpm run replay:record/,
      );
    },
  );
});
