import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, join, sep } from "node:path";

/** The first program of that name on a search path; undefined when there is none. */
export function onPath(name: string, path: string): string | undefined {
  return entriesOf(path)
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * The search path that the user's own shell has: npm puts `node_modules/.bin` of the project before it, and so the
 * project's Node, which is not the one that func would find.
 */
export function ownPath(path: string, root: string): string {
  const inside = join(real(root), "node_modules");
  return entriesOf(path)
    .filter((folder) => !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder))
    .filter((folder) => !`${real(folder)}${sep}`.startsWith(`${inside}${sep}`))
    .join(delimiter);
}

const entriesOf = (path: string): string[] => path.split(delimiter).filter((it) => it !== "");

function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
