import fc from "fast-check";
import { jsonFault } from "../../../src/functions/json-scan.ts";

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("jsonFault", () => {
  it.each([
    ["", 0],
    ["  ", 2],
    ["{'a':1}", 1],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{"a":tru}', 5],
    ["[1,]", 3],
    ["[1 2]", 3],
    ['{"a":01}', 6],
    ['{"a":"x', 5],
    ['"a"b', 3],
  ])("says where %j goes wrong", (text, position) => {
    expect(jsonFault(text)).toEqual({ kind: "syntax", position });
  });

  it("agrees with JSON.parse on what is JSON, for any change of any document", () => {
    const change = fc.tuple(
      fc.nat(200),
      fc.nat(3),
      fc.stringMatching(/^[{}[\]",:0-9a-z\\. ]{0,3}$/),
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), change, (document, [at, removed, added]) => {
        const text = document.slice(0, at) + added + document.slice(at + removed);
        const fault = jsonFault(text);
        // A document whose fields are there twice is JSON, and refused for another reason.
        if (fault?.kind === "duplicate") return;
        expect(fault === undefined).toBe(parses(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds what is there twice, however deep, and not what only looks alike", () => {
    expect(jsonFault('{"a":[{"b":1,"c":{"d":1,"d":2}}]}')).toEqual({
      kind: "duplicate",
      path: ["a", 0, "c", "d"],
    });
    expect(jsonFault('{"a":{"a":1},"b":[{"a":1},{"a":2}],"A":1}')).toBeUndefined();
  });
});
