import { join } from "node:path";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "../..");

/** Complaints of the compiler, each with its line, counted from 1. */
export interface Complaint {
  readonly line: number;
  readonly text: string;
}

/** The compiler, with the project's options, on files of the disk and on texts that stand beside them by a path of their own. */
export function programOf(
  files: readonly string[],
  texts: ReadonlyMap<string, string>,
): ts.Program {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    ROOT,
    // What a wrong line does not use or hides, its right one does, and the other way round.
    {
      noUnusedLocals: false,
      noUnusedParameters: false,
      allowUnreachableCode: true,
      incremental: false,
    },
  );
  const host = ts.createCompilerHost(options, true);
  // Asked for folders, it would not look for texts in those that are not on the disk.
  delete host.directoryExists;
  const fileExists = host.fileExists.bind(host);
  const readFile = host.readFile.bind(host);
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  return ts.createProgram([...files, ...texts.keys()], options, host);
}

export function complaintsOf(program: ts.Program, path: string): Complaint[] {
  const file = program.getSourceFile(path);
  if (file === undefined) throw new Error(`the compiler did not read ${path}`);
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return found.map(({ start = 0, messageText }) => ({
    line: file.getLineAndCharacterOfPosition(start).line + 1,
    text: ts.flattenDiagnosticMessageText(messageText, " ").replaceAll(/\s+/g, " "),
  }));
}
