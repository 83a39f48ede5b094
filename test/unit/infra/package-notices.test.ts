import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Metafile } from "../../../infra/package/bundle.ts";
import { noticesOf } from "../../../infra/package/notices.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "toygres-notices-"));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function installed(
  folder: string,
  packageJson: object,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const all = { "package.json": JSON.stringify({ version: "1.0.0", ...packageJson }), ...files };
  for (const [name, text] of Object.entries(all)) {
    const path = join(root, "node_modules", folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

/** A bundle with this many bytes of each file. */
const bundle = (inputs: Readonly<Record<string, number>>): Metafile => ({
  inputs: {},
  outputs: {
    "main.js": {
      bytes: 1,
      imports: [],
      exports: [],
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }]),
      ),
    },
  },
});

describe("the notices of a package", () => {
  it("name each package with code in the bundle once, in order, with its licence", async () => {
    await installed(
      "zod",
      { name: "zod", license: "MIT", homepage: "https://zod.example" },
      { LICENSE: "Copyright Zod\r\nAs is.\n" },
    );
    await installed(
      "@a/b",
      { name: "@a/b", license: "Apache-2.0" },
      { "LICENSE.md": "Apache", NOTICE: "by A" },
    );
    await installed("unused", { name: "unused", license: "MIT" });

    const { text, problems } = await noticesOf(
      root,
      bundle({
        "src/main.ts": 9,
        "node_modules/zod/a.js": 5,
        "node_modules/zod/b.js": 5,
        "node_modules/@a/b/index.js": 5,
        "node_modules/unused/index.js": 0,
      }),
    );

    expect(problems).toEqual([]);
    const [intro, first, second, ...rest] = text.split(`\n\n${"-".repeat(80)}\n\n`);
    expect(intro).toMatch(/^Toygres is bundled with/);
    expect(first).toBe("@a/b 1.0.0  (Apache-2.0)\n\nApache\n\nby A");
    expect(second).toBe("zod 1.0.0  (MIT)\nhttps://zod.example\n\nCopyright Zod\nAs is.");
    expect(rest).toEqual([]);
  });

  it("take the licence out of the README where the package has no file of it", async () => {
    const readme = "# pg\n\nUse it.\n\n## License\n\nMIT, by B.\n\nAs is.\n\n## Thanks\n\nAll.\n";
    await installed("pg", { name: "pg", license: "MIT" }, { "README.md": readme });

    const { text } = await noticesOf(root, bundle({ "node_modules/pg/index.js": 1 }));

    expect(text).toMatch(/pg 1\.0\.0 {2}\(MIT\)\n\nMIT, by B\.\n\nAs is\.$/);
  });

  it.each([
    ["AGPL-3.0", { license: "AGPL-3.0" }],
    ["no licence named", {}],
  ])("complain of a package under %s", async (told, given) => {
    await installed("copyleft", { name: "copyleft", ...given });
    const { problems } = await noticesOf(root, bundle({ "node_modules/copyleft/index.js": 1 }));
    expect(problems).toEqual([
      `copyleft 1.0.0 is under "${told}", which nobody has read yet: if it allows this, add it to infra/package/notices.ts`,
    ]);
  });
});
