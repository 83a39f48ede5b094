import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Metafile } from "./bundle.ts";
import { packageFolder } from "./lock.ts";

const PackageJson = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().optional(),
  homepage: z.string().optional(),
});

/** Licences that allow what we do: to pass the code on, bundled, with its notice. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
  "Unlicense",
]);

export interface Notices {
  readonly text: string;
  readonly problems: readonly string[];
}

interface Notice {
  readonly title: string;
  readonly license: string;
  readonly homepage: string;
  readonly text: string;
}

/** The licence of every package that has code in the bundle, under `root`. */
export async function noticesOf(root: string, metafile: Metafile): Promise<Notices> {
  const byTitle = new Map<string, Notice>();
  for (const folder of foldersOf(metafile)) {
    const notice = await noticeOf(join(root, folder));
    byTitle.set(notice.title, notice);
  }
  const notices = [...byTitle.values()].sort((one, other) => (one.title < other.title ? -1 : 1));
  return {
    text: [
      "Toygres is bundled with the packages below. Each comes under its own licence.",
      ...notices.map(section),
    ].join(`\n\n${"-".repeat(80)}\n\n`),
    problems: notices
      .filter(({ license }) => !ALLOWED.has(license))
      .map(
        ({ title, license }) =>
          `${title} is under "${license}", which nobody has read yet: if it allows this, add it to infra/package/notices.ts`,
      ),
  };
}

function foldersOf({ outputs }: Metafile): Set<string> {
  const used = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => packageFolder(path));
  return new Set(used.filter((folder) => folder !== undefined));
}

async function noticeOf(folder: string): Promise<Notice> {
  const { name, version, license, homepage } = PackageJson.parse(
    JSON.parse(await readFile(join(folder, "package.json"), "utf8")),
  );
  return {
    title: `${name} ${version}`,
    license: license ?? "no licence named",
    homepage: homepage ?? "",
    text: await licenseText(folder),
  };
}

/** Its licence files; else the part of its README on the licence, which is all that some packages have. */
async function licenseText(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const files = names.filter((name) => /^(licen[cs]e|copying|notice)([.-].*)?$/i.test(name));
  if (files.length > 0) {
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
    return texts.map(tidy).join("\n\n");
  }
  const readme = names.find((name) => /^readme(\..*)?$/i.test(name));
  const text = readme === undefined ? "" : await readFile(join(folder, readme), "utf8");
  const part =
    /^(?:#+ *licen[cs]e.*|licen[cs]e\r?\n[-=]+)\r?\n([\s\S]*?)(?=^#+ |(?![\s\S]))/im.exec(text);
  return tidy(part?.[1] ?? "");
}

const tidy = (text: string): string => text.replaceAll("\r\n", "\n").trim();

function section({ title, license, homepage, text }: Notice): string {
  const body = text === "" ? "The package comes without the text of its licence." : text;
  return [`${title}  (${license})`, homepage, "", body]
    .filter((line, at) => at !== 1 || line !== "")
    .join("\n");
}
