import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { bundleApp, type Bundle } from "./bundle.ts";
import { problemsOf } from "./check.ts";
import { ofText, type Files } from "./files.ts";
import { readLock } from "./lock.ts";
import { noticesOf } from "./notices.ts";

export interface PackageContents extends Omit<Bundle, "files"> {
  readonly files: Files;
  /** Why it must not be deployed; empty when it may. */
  readonly problems: readonly string[];
}

const PackageJson = z.object({ name: z.string(), version: z.string(), license: z.string() });

/**
 * All that is deployed of the checkout in `root`: the bundle, host.json, the templates of an instance's objects, and a
 * package.json that names no dependency. The migrations stay behind: whoever deploys runs them before, with rights on the
 * schema that the app itself should not have.
 */
export async function packageContents(root: string): Promise<PackageContents> {
  const bundle = await bundleApp(root);
  const notices = await noticesOf(root, bundle.metafile);
  const files = new Map(bundle.files);
  files.set("package.json", ofText(await ownPackageJson(root)));
  files.set("THIRD-PARTY-NOTICES", ofText(`${notices.text}\n`));
  for (const name of ["host.json", "LICENSE"]) files.set(name, await readFile(join(root, name)));
  for (const name of await templatesIn(root)) {
    files.set(`templates/${name}`, await readFile(join(root, "templates", name)));
  }
  return {
    ...bundle,
    files,
    problems: [...problemsOf(bundle.metafile, await readLock(root)), ...notices.problems],
  };
}

async function templatesIn(root: string): Promise<string[]> {
  return (await readdir(join(root, "templates"))).filter((name) => name.endsWith(".yaml"));
}

async function ownPackageJson(root: string): Promise<string> {
  const { name, version, license } = PackageJson.parse(
    JSON.parse(await readFile(join(root, "package.json"), "utf8")),
  );
  const own = {
    name,
    version,
    private: true,
    license,
    type: "module",
    main: "dist/main.js",
    engines: { node: ">=22" },
  };
  return `${JSON.stringify(own, null, 2)}\n`;
}
