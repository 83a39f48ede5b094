import { isBuiltin } from "node:module";
import { ENTRY, HOST_MODULE, OPTIONAL_HELPERS, type Metafile } from "./bundle.ts";
import { packageFolder, packageName, type Lock } from "./lock.ts";

/** Packages that only some calls need, and that a start must not pay for. */
export const LAZY: readonly string[] = [
  "@azure/arm-containerservice",
  "@azure/identity",
  "@kubernetes/client-node",
  "@peculiar/x509",
  "pg",
];

/** Of a package of which we use little, only what one file of ours names is bundled. */
export const NARROWED: Readonly<Record<string, string>> = {
  "@kubernetes/client-node": "src/kubernetes/client-library.ts",
};

/** Why this bundle must not be deployed, a sentence each; none when it may. */
export function problemsOf(metafile: Metafile, lock: Lock): string[] {
  return [
    ...foreignInputs(metafile, lock),
    ...missingPackages(metafile),
    ...eagerPackages(metafile),
    ...wholePackages(metafile),
    ...namelessImports(metafile),
  ];
}

/** Files other than src/ and packages of production; a package once, however many of its files there are. */
function foreignInputs({ inputs }: Metafile, lock: Lock): string[] {
  const found = new Map<string, string>();
  for (const path of Object.keys(inputs)) {
    const reason = foreign(path, lock);
    if (reason !== undefined && !found.has(reason)) {
      found.set(reason, `${reason}; ${importerOf(path, inputs)}`);
    }
  }
  return [...found.values()];
}

function foreign(path: string, lock: Lock): string | undefined {
  const file = path.replace(/^\(disabled\):/, "");
  const folder = packageFolder(file);
  if (folder === undefined) {
    return file.startsWith("src/") ? undefined : `"${file}" does not belong into a deployed app`;
  }
  const locked = lock[folder];
  if (locked === undefined) return `"${folder}" is not in package-lock.json: run "npm ci"`;
  if (locked.dev !== true) return undefined;
  return `"${folder}" is a development dependency: move it to "dependencies", or do without it`;
}

/** Who brings it in: of a package, a file outside of it; a file of ours if there is one. */
function importerOf(path: string, inputs: Metafile["inputs"], isStatic = false): string {
  const folder = packageFolder(path) ?? path;
  const importers = Object.entries(inputs)
    .filter(([importer]) => !importer.startsWith(`${folder}/`))
    .filter(([, { imports }]) =>
      imports.some(
        (one) =>
          (one.path === path || one.path.startsWith(`${folder}/`)) &&
          !(isStatic && one.kind === "dynamic-import"),
      ),
    )
    .map(([importer]) => importer);
  const found = importers.find((importer) => importer.startsWith("src/")) ?? importers[0];
  return found === undefined ? "nothing imports it" : `"${found}" imports it`;
}

/** Imports that were left open and that nothing would answer where the app is deployed. */
function missingPackages({ outputs }: Metafile): string[] {
  const open = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ external }) => external === true)
    .map(({ path }) => path)
    .filter((path) => !isBuiltin(path) && path !== HOST_MODULE && !OPTIONAL_HELPERS.includes(path));
  return [...new Set(open)].map((path) => `"${path}" is imported, but not in the bundle`);
}

/** Packages of LAZY that the entry point loads at once. */
function eagerPackages(metafile: Metafile): string[] {
  const inputs = startOutputs(metafile).flatMap((path) =>
    Object.keys(metafile.outputs[path]?.inputs ?? {}),
  );
  const names = inputs.map(nameOf);
  return LAZY.filter((name) => names.includes(name)).map((name) => {
    const first = inputs.find((path) => nameOf(path) === name) ?? "";
    return `"${name}" is loaded at every start: import it with await import(); ${importerOf(first, metafile.inputs, true)}`;
  });
}

const nameOf = (path: string): string | undefined => {
  const folder = packageFolder(path);
  return folder === undefined ? undefined : packageName(folder);
};

/** The output of the entry point and all that it imports statically. */
export function startOutputs({ outputs }: Metafile): string[] {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === ENTRY);
  if (entry === undefined) throw new Error(`the bundle has no output of ${ENTRY}`);
  const found = new Set([entry]);
  for (const path of found) {
    for (const { kind, path: imported, external } of outputs[path]?.imports ?? []) {
      if (kind !== "dynamic-import" && external !== true) found.add(imported);
    }
  }
  return [...found];
}

function wholePackages({ inputs }: Metafile): string[] {
  return Object.entries(NARROWED).flatMap(([name, through]) =>
    Object.entries(inputs)
      .filter(([path]) => path.startsWith("src/") && path !== through)
      .filter(([, { imports }]) => imports.some(({ path }) => nameOf(path) === name))
      .map(([path]) => `"${path}" loads all of "${name}": import "${through}" in its place`),
  );
}

/** Of a CommonJS package Node finds the names of its exports when it is imported dynamically; esbuild does not. */
function namelessImports({ inputs }: Metafile): string[] {
  return Object.entries(inputs).flatMap(([importer, { imports }]) =>
    imports
      .filter(({ kind, path }) => kind === "dynamic-import" && inputs[path]?.format === "cjs")
      .map(
        ({ path }) =>
          `"${nameOf(path) ?? path}" is CommonJS, so that only its default export is there when "${importer}" imports it dynamically: ` +
          "import a file of ours that exports what is used by name",
      ),
  );
}
