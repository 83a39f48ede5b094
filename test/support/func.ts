import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** What the stand-in for func writes down of how it was started. */
export const FuncStart = z.object({
  args: z.array(z.string()),
  cwd: z.string(),
  path: z.string(),
  settings: z.record(z.string(), z.string()),
  /** Of the host that it started. */
  pid: z.int(),
});

const HOST_MAIN = join(import.meta.dirname, "..", "..", "local", "functions-host", "main.ts");

/** A program of Node's in a folder of programs. */
export async function program(folder: string, name: string, code: string): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, `#!${process.execPath}\n${code}`);
  await chmod(file, 0o755);
}

/** The user's Node, as their PATH has it. */
export async function nodeIn(folder: string): Promise<void> {
  await symlink(process.execPath, join(folder, "node"));
}

/** A program that only says this when it is asked for its version. */
export async function versioned(folder: string, name: string, version: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await program(folder, name, `console.log(${JSON.stringify(version)});`);
}

/**
 * A stand-in for func, built like the one that npm installs: a script that starts the real one, here our functions host,
 * with all that it was given. What it was given it writes into `record`. With no Azure it ends at once with code 3.
 */
export async function standInFunc(folder: string, record: string): Promise<void> {
  await program(
    folder,
    "func",
    `
const { spawn } = require("node:child_process");
const { writeFileSync } = require("node:fs");
const args = process.argv.slice(2);
if (args[0] === "--version") {
  console.log("4.15.1");
} else if (process.env.FUNC_FAILS) {
  console.error("Port 7071 is unavailable.");
  process.exitCode = 3;
} else {
  const host = spawn(
    process.execPath,
    [${JSON.stringify(HOST_MAIN)}, "--app", process.cwd(), "--port", args[args.indexOf("--port") + 1], "--store", "postgres"],
    { stdio: "inherit", env: { ...process.env, FUNCTIONS_HOST_STORE_URL: process.env.DATABASE_URL } },
  );
  const { PATH, ...settings } = process.env;
  writeFileSync(${JSON.stringify(record)}, JSON.stringify({ args, cwd: process.cwd(), path: PATH, settings, pid: host.pid }));
  // Like npm's script it goes when the one that it started has gone, and not before.
  process.on("SIGINT", () => undefined);
  host.on("exit", (code) => process.exit(code ?? 1));
}
`,
  );
}

/** A stand-in for Azurite: it takes the three ports that it is given and says so in Azurite's words. */
export async function standInAzurite(folder: string): Promise<void> {
  await program(
    folder,
    "azurite",
    `
const { createServer } = require("node:net");
const after = (name) => process.argv[process.argv.indexOf(name) + 1];
const listen = (kind) =>
  new Promise((resolve) => {
    const [host, port] = [after("--" + kind + "Host"), Number(after("--" + kind + "Port"))];
    createServer().listen(port, host, () => {
      const name = kind[0].toUpperCase() + kind.slice(1);
      console.log(\`Azurite \${name} service is successfully listening at http://\${host}:\${port}\`);
      resolve();
    });
  });
(async () => {
  for (const kind of ["blob", "queue", "table"]) await listen(kind);
})();
`,
  );
}
