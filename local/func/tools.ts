import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { Refusal } from "../processes/refusal.ts";
import { onPath, ownPath } from "./path.ts";

export interface Program {
  readonly command: string;
  /** What comes before all other arguments. */
  readonly args: readonly string[];
}

export interface Tools {
  readonly func: string;
  readonly funcVersion: string;
  readonly azurite: Program;
  /** Where func looks for Node. */
  readonly path: string;
  readonly nodeVersion: string;
  /** Of the Node on the user's path, when the project's is taken in its place. */
  readonly passedOver: string | undefined;
}

/** The first that listens on 127.0.0.1 only; older ones let the whole network in, without a key. Its worker takes Node 24. */
const FUNC_MINIMUM = [4, 14, 0] as const;
/** What the app is deployed on; the cluster's client needs 22. */
const NODE_MAJORS: readonly number[] = [22, 24];
/** The first call of a func that npm installed downloads the rest of it. */
const VERSION_WITHIN_MS = 180_000;

const INSTALL_FUNC =
  'install Azure Functions Core Tools 4: "npm install --global azure-functions-core-tools@4"; on macOS also ' +
  '"brew install azure/functions/azure-functions-core-tools@4", on Debian and Ubuntu the package ' +
  "azure-functions-core-tools-4 of Microsoft's repository";
const INSTALL_AZURITE = 'install Azurite: "npm install --global azurite" (360 MB; 3.37 was tried)';

/** Looks for all that `func start` needs, and refuses with all that is missing at once. */
export async function findTools(root: string, searchPath: string): Promise<Tools> {
  const path = [join(root, "node_modules", ".bin"), searchPath].join(delimiter);
  const outcomes = await Promise.allSettled([findFunc(path), findAzurite(path)]);
  const problems = outcomes.filter((outcome) => outcome.status === "rejected");
  const foreseen = problems.map(({ reason }) => {
    if (!(reason instanceof Refusal)) throw reason;
    return reason.message;
  });
  if (foreseen.length > 0) throw new Refusal(foreseen.join("\n"));
  const [func, azurite] = outcomes;
  if (func.status === "rejected" || azurite.status === "rejected") throw new Error("unreachable");
  return { ...func.value, azurite: azurite.value, ...(await nodeFor(root, searchPath)) };
}

async function findFunc(path: string): Promise<Pick<Tools, "func" | "funcVersion">> {
  const func = onPath("func", path);
  if (func === undefined) throw new Refusal(`func is not on the PATH: ${INSTALL_FUNC}`);
  const funcVersion = await versionOf(func, path, VERSION_WITHIN_MS);
  const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(funcVersion)?.slice(1).map(Number);
  if (numbers === undefined) {
    throw new Refusal(`"${func} --version" gave no version: is it Azure Functions Core Tools?`);
  }
  if (numbers[0] !== FUNC_MINIMUM[0] || isOlder(numbers, FUNC_MINIMUM)) {
    const wanted = FUNC_MINIMUM.join(".");
    throw new Refusal(
      `func ${funcVersion} (${func}) is not the one that is needed, version 4 from ${wanted} on: ${INSTALL_FUNC}`,
    );
  }
  return { func, funcVersion };
}

function isOlder(version: readonly number[], minimum: readonly number[]): boolean {
  const at = minimum.findIndex((number, place) => number !== version[place]);
  return at >= 0 && (version[at] ?? 0) < (minimum[at] ?? 0);
}

/** A script runs on the Node that we run on, which is new enough, whatever Node is on the path. */
async function findAzurite(path: string): Promise<Program> {
  const found = onPath("azurite", path);
  if (found === undefined) throw new Refusal(`azurite is not on the PATH: ${INSTALL_AZURITE}`);
  const file = realpathSync(found);
  return /\.[cm]?js$/.test(file)
    ? { command: process.execPath, args: [file] }
    : { command: found, args: [] };
}

/** func starts its worker with the `node` that it finds: the user's, or ours where that one is too old or too new. */
async function nodeFor(
  root: string,
  searchPath: string,
): Promise<Pick<Tools, "path" | "nodeVersion" | "passedOver">> {
  const path = ownPath(searchPath, root);
  const node = onPath("node", path);
  const found = node === undefined ? "none" : await versionOf(node, path, 10_000);
  if (NODE_MAJORS.includes(majorOf(found))) {
    return { path, nodeVersion: found, passedOver: undefined };
  }
  if (!NODE_MAJORS.includes(majorOf(process.version))) {
    throw new Refusal(
      `the Node on the PATH is ${found}, and this one ${process.version}: func needs Node ${NODE_MAJORS.join(" or ")}`,
    );
  }
  return {
    path: [dirname(process.execPath), path].join(delimiter),
    nodeVersion: process.version,
    passedOver: found,
  };
}

const majorOf = (version: string): number => Number(/^v(\d+)\./.exec(version)?.[1]);

async function versionOf(program: string, path: string, withinMs: number): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, ["--version"], {
      timeout: withinMs,
      env: { ...process.env, PATH: path },
    });
    return stdout.trim().split("\n").at(-1)?.trim() ?? "";
  } catch {
    throw new Refusal(
      `"${program} --version" failed, or did not answer within ${withinMs / 1_000} s: run it by hand to see why`,
    );
  }
}
