import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packageContents } from "./contents.ts";
import { PackageRefusal } from "./refusal.ts";
import { bytes, tableOf } from "./table.ts";
import { writePackage } from "./write.ts";
import { entriesOf, zipOf } from "./zip.ts";

/** `npm run package`: what is deployed, as a folder and as a zip, and what is in it. */
const ROOT = join(import.meta.dirname, "..", "..");
const USAGE = `options:
  --out FOLDER   where package/ and toygres.zip are written (build)
  --quiet        no table of what is in it
  --root FOLDER  the checkout (this one)`;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function readOptions(): { out: string; quiet: boolean; root: string } {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: "string", default: "build" },
        quiet: { type: "boolean", default: false },
        root: { type: "string", default: ROOT },
      },
    });
    return { out: resolve(values.out), quiet: values.quiet, root: resolve(values.root) };
  } catch (error) {
    throw new PackageRefusal(
      `${error instanceof Error ? error.message : "bad arguments"}\n${USAGE}`,
    );
  }
}

async function run(): Promise<void> {
  const { out, quiet, root } = readOptions();
  const { files, metafile, warnings, problems } = await packageContents(root);
  for (const warning of warnings) print(`esbuild warns: ${warning}`);
  if (problems.length > 0) {
    throw new PackageRefusal(
      `no package was written, since it could not be deployed:\n${problems.map((one) => `  ${one}`).join("\n")}`,
    );
  }
  const zip = zipOf(files);
  const written = await writePackage(out, files, zip);
  if (!quiet) print(`${tableOf(entriesOf(zip), metafile)}\n`);
  print(`${shown(written.zip)}  ${bytes(zip.byteLength)}`);
  print(`${shown(written.folder)}  the same as a folder`);
}

const shown = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
};

try {
  await run();
} catch (error) {
  if (!(error instanceof PackageRefusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
