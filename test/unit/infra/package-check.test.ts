import { problemsOf, startOutputs } from "../../../infra/package/check.ts";
import type { Metafile } from "../../../infra/package/bundle.ts";

type Kind = "import-statement" | "dynamic-import" | "require-call";
type Imports = readonly (readonly [path: string, kind?: Kind])[];

const lock = {
  "": { version: "1.0.0" },
  "node_modules/pg": { version: "8.0.0" },
  "node_modules/zod": { version: "4.0.0" },
  "node_modules/@kubernetes/client-node": { version: "2.0.0" },
  "node_modules/jest": { version: "30.0.0", dev: true },
  "node_modules/debug/node_modules/ms": { version: "2.0.0", dev: true },
};

const imports = (given: Imports) =>
  given.map(([path, kind = "import-statement"]) => ({ path, kind }));

/** What esbuild tells: files with their imports, and outputs made of some files; the first is main.js. */
function metafile(
  inputs: Readonly<Record<string, Imports>>,
  outputs: Readonly<
    Record<string, { of: readonly string[]; imports?: Imports; external?: Imports }>
  >,
): Metafile {
  return {
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([path, given]) => [path, { bytes: 1, imports: imports(given) }]),
    ),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([path, { of, imports: inner = [], external = [] }], at) => [
        path,
        {
          bytes: 1,
          inputs: Object.fromEntries(of.map((input) => [input, { bytesInOutput: 1 }])),
          imports: [
            ...imports(inner),
            ...imports(external).map((one) => ({ ...one, external: true })),
          ],
          exports: [],
          ...(at === 0 && { entryPoint: "src/main.ts" }),
        },
      ]),
    ),
  };
}

const good = () =>
  metafile(
    {
      "src/main.ts": [["src/pool.ts"], ["node_modules/zod/index.js"]],
      "src/pool.ts": [["node_modules/pg/index.js", "dynamic-import"]],
      "node_modules/zod/index.js": [],
      "node_modules/pg/index.js": [],
    },
    {
      "build/main.js": {
        of: ["src/main.ts", "src/pool.ts", "node_modules/zod/index.js"],
        imports: [["build/pg.js", "dynamic-import"]],
        external: [["node:fs"], ["fs"], ["@azure/functions-core", "require-call"], ["pg-native"]],
      },
      "build/pg.js": { of: ["node_modules/pg/index.js"] },
    },
  );

describe("the check of a package", () => {
  it("finds nothing in a bundle of the sources and packages of production", () => {
    expect(problemsOf(good(), lock)).toEqual([]);
  });

  it.each(["local/up.ts", "test/support/api.ts", "infra/package/zip.ts", "migrations/x.ts"])(
    "refuses %s and names who imports it",
    (path) => {
      const given = good();
      given.inputs[path] = { bytes: 1, imports: [] };
      given.inputs["src/pool.ts"]?.imports.push({ path, kind: "import-statement" });
      expect(problemsOf(given, lock)).toEqual([
        `"${path}" does not belong into a deployed app; "src/pool.ts" imports it`,
      ]);
    },
  );

  it("refuses a development dependency once, however many of its files are there", () => {
    const given = good();
    given.inputs["node_modules/jest/a.js"] = {
      bytes: 1,
      imports: [{ path: "node_modules/jest/b.js", kind: "require-call" }],
    };
    given.inputs["node_modules/jest/b.js"] = { bytes: 1, imports: [] };
    given.inputs["src/pool.ts"]?.imports.push({
      path: "node_modules/jest/a.js",
      kind: "import-statement",
    });
    expect(problemsOf(given, lock)).toEqual([
      `"node_modules/jest" is a development dependency: move it to "dependencies", or do without it; "src/pool.ts" imports it`,
    ]);
  });

  it("knows a nested package by its own folder", () => {
    const given = good();
    given.inputs["node_modules/debug/node_modules/ms/index.js"] = { bytes: 1, imports: [] };
    expect(problemsOf(given, lock)).toEqual([
      expect.stringContaining(`"node_modules/debug/node_modules/ms" is a development dependency`),
    ]);
  });

  it("refuses a package that package-lock.json does not know", () => {
    const given = good();
    given.inputs["node_modules/@some/where/index.js"] = { bytes: 1, imports: [] };
    expect(problemsOf(given, lock)).toEqual([
      `"node_modules/@some/where" is not in package-lock.json: run "npm ci"; nothing imports it`,
    ]);
  });

  it("refuses an import that nothing answers where the app is deployed", () => {
    const given = good();
    given.outputs["build/pg.js"]?.imports.push({
      path: "left-pad",
      kind: "require-call",
      external: true,
    });
    expect(problemsOf(given, lock)).toEqual([`"left-pad" is imported, but not in the bundle`]);
  });

  it("refuses a package that every start would load though only some calls need it", () => {
    const given = metafile(
      {
        "src/main.ts": [["src/servers.ts"]],
        "src/pool.ts": [["node_modules/pg/index.js", "dynamic-import"]],
        "src/servers.ts": [["node_modules/pg/index.js"]],
        "node_modules/pg/index.js": [],
      },
      {
        "build/main.js": {
          of: ["src/main.ts", "src/pool.ts", "src/servers.ts"],
          imports: [["build/chunk.js"]],
        },
        "build/chunk.js": { of: ["node_modules/pg/index.js"] },
      },
    );
    expect(problemsOf(given, lock)).toEqual([
      `"pg" is loaded at every start: import it with await import(); "src/servers.ts" imports it`,
    ]);
  });

  it("refuses a file that loads all of a package of which little is used", () => {
    const given = good();
    const client = "node_modules/@kubernetes/client-node/index.js";
    given.inputs[client] = { bytes: 1, imports: [] };
    for (const path of ["src/kubernetes/client-library.ts", "src/kubernetes/watch.ts"]) {
      given.inputs[path] = { bytes: 1, imports: [{ path: client, kind: "dynamic-import" }] };
    }
    expect(problemsOf(given, lock)).toEqual([
      `"src/kubernetes/watch.ts" loads all of "@kubernetes/client-node": import "src/kubernetes/client-library.ts" in its place`,
    ]);
  });
});

describe("the check of dynamic imports", () => {
  it("refuses one of a CommonJS package, whose names would all be undefined", () => {
    const given = good();
    const pg = given.inputs["node_modules/pg/index.js"];
    if (pg) pg.format = "cjs";
    expect(problemsOf(given, lock)).toEqual([
      `"pg" is CommonJS, so that only its default export is there when "src/pool.ts" imports it dynamically: import a file of ours that exports what is used by name`,
    ]);
  });
});

describe("what is loaded at the start", () => {
  it("follows static imports through all chunks, and no dynamic ones", () => {
    const given = metafile(
      { "src/main.ts": [] },
      {
        "build/main.js": { of: [], imports: [["build/a.js"], ["build/lazy.js", "dynamic-import"]] },
        "build/a.js": { of: [], imports: [["build/b.js"]] },
        "build/b.js": { of: [], imports: [["build/a.js"]] },
        "build/lazy.js": { of: [] },
      },
    );
    expect(startOutputs(given)).toEqual(["build/main.js", "build/a.js", "build/b.js"]);
  });
});
