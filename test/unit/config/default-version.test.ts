import { defaultVersionOf } from "../../../src/default-version.ts";
import { overlaid, parseHostJson } from "../../../local/functions-host/host-json.ts";

const hostJson = (defaultVersion?: string) =>
  JSON.stringify({
    version: "2.0",
    extensions: { durableTask: { ...(defaultVersion !== undefined && { defaultVersion }) } },
  });
const SETTING = "AzureFunctionsJobHost__extensions__durableTask__defaultVersion";

describe("the default version", () => {
  it.each([
    { file: hostJson("1.0"), env: {}, found: "1.0" },
    { file: hostJson(), env: {}, found: undefined },
    { file: '{"version":"2.0"}', env: {}, found: undefined },
    { file: hostJson("1.0"), env: { [SETTING]: "2.0" }, found: "2.0" },
    { file: hostJson("1.0"), env: { [SETTING.toUpperCase()]: " 2.0 " }, found: "2.0" },
    { file: hostJson("1.0"), env: { [SETTING]: "" }, found: "1.0" },
    { file: `\uFEFF${hostJson("1.0")}`, env: {}, found: "1.0" },
  ])("of $file and $env is $found", ({ file, env, found }) => {
    expect(defaultVersionOf(file, env)).toBe(found);
  });

  it("is refused with a sentence when host.json cannot be read", () => {
    expect(() => defaultVersionOf("{ // a comment\n}", {})).toThrow(
      "host.json is not valid JSON (comments are not allowed)",
    );
  });

  it("is the same for the local host, which takes settings for host.json too", () => {
    const read = (env: Record<string, string>) =>
      parseHostJson(overlaid(JSON.parse(hostJson("1.0")), env));
    expect(read({}).durableTask.defaultVersion).toBe("1.0");
    expect(read({ [SETTING]: "2.0" }).durableTask.defaultVersion).toBe("2.0");
    const file = { version: "2.0", extensions: { http: { routePrefix: "api" } } };
    const env = { azurefunctionsjobhost__extensions__http__routeprefix: "v1" };
    expect(parseHostJson(overlaid(file, env)).routePrefix).toBe("v1");
    expect(
      read({ AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions: "3" })
        .durableTask.maxConcurrentActivityFunctions,
    ).toBe(3);
  });
});
