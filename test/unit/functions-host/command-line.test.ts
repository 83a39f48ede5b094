import { parseHostJson } from "../../../local/functions-host/host-json.ts";
import { readCommandLine, STORE_URL } from "../../../local/functions-host/options.ts";

describe("the command line", () => {
  it("takes the app alone: port 7071, memory, no keys", () => {
    expect(readCommandLine(["--app", "/a"], {})).toEqual({
      app: "/a",
      port: 7071,
      store: { kind: "memory" },
      data: undefined,
      enableAuth: false,
      faults: undefined,
      jsonLogs: false,
    });
  });

  it("takes the connection string from the environment", () => {
    const line = readCommandLine(["--app", "/a", "--store", "postgres"], { [STORE_URL]: "url" });
    expect(line.store).toEqual({ kind: "postgres", url: "url" });
  });

  it.each([
    [[], /--app is missing/],
    [["--app", "/a", "--port", "70000"], /--port "70000" is no port/],
    [["--app", "/a", "--store", "postgres"], new RegExp(STORE_URL)],
    [["--app", "/a", "--enable-auth"], /--enable-auth needs --data/],
    [["--app", "/a", "--what"], /--what/],
  ])("refuses %p with what to do", (args, why) => {
    expect(() => readCommandLine(args, {})).toThrow(why);
  });

  it("repeats no connection string that was given as the store", () => {
    const secret = "postgres://u:canary@h/d";
    expect(() => readCommandLine(["--app", "/a", "--store", secret], {})).toThrow(
      /^--store is neither postgres nor memory$/,
    );
  });
});

describe("host.json", () => {
  it("has the real host's defaults", () => {
    expect(parseHostJson({ version: "2.0" })).toMatchObject({
      routePrefix: "api",
      functionTimeoutMs: 1_800_000,
      durableTask: { hubName: "TestHubName" },
    });
  });

  it("is read for prefix, timeout, levels and task hub", () => {
    const settings = parseHostJson({
      version: "2.0",
      functionTimeout: "00:05:00",
      logging: { logLevel: { default: "Warning" } },
      extensions: { http: { routePrefix: "" }, durableTask: { hubName: "Toygres", other: 1 } },
    });
    expect(settings).toMatchObject({
      routePrefix: "",
      functionTimeoutMs: 300_000,
      logLevels: { default: "warning" },
      durableTask: { hubName: "Toygres" },
    });
  });

  it.each([
    [{ version: "1.0" }],
    [{ version: "2.0", functionTimeout: "5 minutes" }],
    [{ version: "2.0", extensions: { durableTask: { hubName: "a-b" } } }],
  ])("is refused when it is %p", (value) => {
    expect(() => parseHostJson(value)).toThrow();
  });
});
