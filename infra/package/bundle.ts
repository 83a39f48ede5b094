import { join, relative, sep } from "node:path";
import { build, type BuildOptions, type Metafile } from "esbuild";
import type { Files } from "./files.ts";
import { PackageRefusal } from "./refusal.ts";

export type { Metafile };

export const ENTRY = "src/main.ts";

/** The host answers this one itself, from its own memory; there is no such package. */
export const HOST_MODULE = "@azure/functions-core";

/** What packages try to load and do without; whether it is installed must not change the bundle. */
export const OPTIONAL_HELPERS: readonly string[] = [
  "bufferutil",
  "pg-native",
  "supports-color",
  "utf-8-validate",
];

/** The source maps name their sources from here, wherever the package is written to in the end. */
const PACKAGE = join("build", "package");

export interface Bundle {
  /** By path in the package, `dist/main.js` among them. */
  readonly files: Files;
  readonly metafile: Metafile;
  /** What esbuild finds odd, one line each. */
  readonly warnings: readonly string[];
}

/**
 * The app and what it is made of as a few ES modules: one that is loaded at the start, and one for each package that is
 * imported dynamically. Names and line breaks are kept: minified, it was no faster to load, and a stack trace of a bundle
 * that is not can be read as it is.
 */
const options = {
  entryPoints: [{ in: ENTRY, out: "main" }],
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  splitting: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: "none",
  chunkNames: "[name]-[hash]",
  external: [HOST_MODULE, ...OPTIONAL_HELPERS],
  // CommonJS packages call require, and the Functions host answers HOST_MODULE to nothing else.
  banner: {
    js: [
      'import { createRequire as requireFromHere } from "node:module";',
      "const require = requireFromHere(import.meta.url);",
    ].join("\n"),
  },
  metafile: true,
  write: false,
  logLevel: "silent",
} as const satisfies BuildOptions;

/** Bundles the sources under `root`, a checkout; the same sources and packages give the same bytes. */
export async function bundleApp(root: string): Promise<Bundle> {
  try {
    const { outputFiles, metafile, warnings } = await build({
      ...options,
      absWorkingDir: root,
      outdir: join(PACKAGE, "dist"),
    });
    return {
      files: new Map(
        outputFiles.map(({ path, contents }) => [
          relative(join(root, PACKAGE), path).replaceAll(sep, "/"),
          contents,
        ]),
      ),
      metafile,
      warnings: warnings.map(({ text, location }) => `${text} (${location?.file ?? "?"})`),
    };
  } catch (error) {
    throw new PackageRefusal(
      `the sources cannot be bundled: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
