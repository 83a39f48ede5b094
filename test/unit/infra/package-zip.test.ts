import { createHash } from "node:crypto";
import { unzipSync } from "fflate";
import { ofText, type Files } from "../../../infra/package/files.ts";
import { bytes } from "../../../infra/package/table.ts";
import { entriesOf, zipOf } from "../../../infra/package/zip.ts";

const FILES: Files = new Map([
  ["host.json", ofText('{"version":"2.0"}\n')],
  ["dist/main.js", ofText("export {};\n".repeat(1_000))],
  ["templates/größe.yaml", ofText("kind: ConfigMap\n")],
]);

const inZone = <T>(zone: string, work: () => T): T => {
  const before = process.env["TZ"];
  process.env["TZ"] = zone;
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
};

describe("the zip of a package", () => {
  it("holds the files as they are", () => {
    const found = unzipSync(zipOf(FILES));
    expect(Object.keys(found)).toEqual(["dist/main.js", "host.json", "templates/größe.yaml"]);
    for (const [path, content] of FILES) {
      expect(Buffer.from(found[path] ?? []).equals(content)).toBe(true);
    }
  });

  it("is the same, byte for byte, whatever the order of the files and the time zone", () => {
    const reversed = new Map([...FILES].reverse());
    const one = inZone("UTC", () => zipOf(FILES));
    const other = inZone("Pacific/Auckland", () => zipOf(reversed));
    expect(Buffer.from(one).equals(other)).toBe(true);
  });

  it("has these very bytes, on any machine", () => {
    const digest = createHash("sha256").update(zipOf(FILES)).digest("hex");
    expect(digest).toMatchInlineSnapshot(
      `"4a7f14809e47b601d4d7dd57a2d6d7e12a443a40f39e54eb82d30c6f442a04f0"`,
    );
  });

  it("says of each file how large it is, and how large in the zip", () => {
    expect(entriesOf(zipOf(FILES))).toEqual([
      { path: "dist/main.js", size: 11_000, packed: expect.any(Number) },
      { path: "host.json", size: 18, packed: expect.any(Number) },
      { path: "templates/größe.yaml", size: 16, packed: expect.any(Number) },
    ]);
    expect(entriesOf(zipOf(FILES))[0]?.packed).toBeLessThan(200);
  });

  it("refuses to list what is no zip", () => {
    expect(() => entriesOf(new Uint8Array(3))).toThrow("this is no zip of ours");
    expect(() => entriesOf(new Uint8Array(100))).toThrow("this is no zip of ours");
  });

  it.each([
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [999_949, "999.9 kB"],
    [2_260_000, "2.26 MB"],
  ])("tells %i bytes as %s", (count, text) => {
    expect(bytes(count)).toBe(text);
  });
});
