import {
  matchRoute,
  parseRoute,
  pathSegments,
} from "../../../local/functions-host/http/route-template.ts";

function match(route: string, path: string) {
  const segments = pathSegments(new URL(`http://host${path}`).pathname);
  return segments === null ? "refused" : matchRoute(parseRoute(route, "f"), segments);
}

describe("routes of HTTP functions", () => {
  it.each([
    ["instances", "/instances", {}],
    ["instances", "/INSTANCES/", {}],
    ["Instances/{id}", "/instances/a.b", { id: "a.b" }],
    ["instances/{id}", "/instances", null],
    ["instances/{id}", "/instances/a/b", null],
    ["instances/{id?}", "/instances", {}],
    ["instances/{id?}", "/instances/7", { id: "7" }],
    ["files/{*rest}", "/files", {}],
    ["files/{*rest}", "/files/a/b", { rest: "a/b" }],
    ["files/{**rest}", "/files/a", { rest: "a" }],
  ])("match %s against %s", (route, path, expected) => {
    expect(match(route, path)).toEqual(expected);
  });

  it.each([
    ["%20 %3F %23 %25 become what they stand for", "/i/%20%3F%23%25", " ?#%"],
    ["%2F stays, so that it cannot be told from %252F", "/i/a%2Fb", "a%2Fb"],
    ["%252F becomes %2F", "/i/a%252Fb", "a%2Fb"],
    ["UTF-8 is decoded", "/i/%C3%A9", "é"],
    ["a broken escape stays", "/i/%C3", "%C3"],
    ["other characters are kept", "/i/.a::b+;=@", ".a::b+;=@"],
  ])("decode a parameter: %s", (_, path, id) => {
    expect(match("i/{id}", path)).toEqual({ id });
  });

  it("refuses a path with a zero byte", () => {
    expect(match("i/{id}", "/i/a%00")).toBe("refused");
  });

  it("folds dot segments before it matches", () => {
    expect(match("health", "/instances/%2e%2e/health")).toEqual({});
  });

  it.each([
    ["i/{id:int}", /constraint "\{id:int\}"/],
    ["i/{id=7}", /not supported/],
    ["i/a-{id}", /not supported/],
    ["i/{id?}/b", /before its end/],
    ["i/{*rest}/b", /before its end/],
  ])("refuses %s with a sentence that names the function", (route, why) => {
    expect(() => parseRoute(route, "getThing")).toThrow(why);
    expect(() => parseRoute(route, "getThing")).toThrow(/function "getThing"/);
  });
});
