import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { z } from "zod";

/**
 * `npm run stack < FILE`: a stack trace of a deployed package, told by the sources. The package must be of the same commit
 * and the same package-lock.json: its chunks' names say so for all but main.js.
 */
const Payload = z.object({
  version: z.number(),
  sources: z.array(z.string()),
  names: z.array(z.string()),
  mappings: z.string(),
});

const { values } = parseArgs({
  options: { package: { type: "string", default: "build/package" } },
});
const dist = join(resolve(values.package), "dist");
const maps = new Map<string, SourceMap | undefined>();

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) {
    const path = join(dist, `${file}.map`);
    maps.set(file, existsSync(path) ? load(path) : undefined);
  }
  return maps.get(file);
}

function load(path: string): SourceMap {
  const payload = Payload.parse(JSON.parse(readFileSync(path, "utf8")));
  return new SourceMap({ ...payload, file: "", sourcesContent: [], sourceRoot: "" });
}

/** With a column, as a stack has it; without one, as our own sentences have it: then the line's last piece is meant. */
const PLACE = /(?:file:\/\/)?[^\s()]*\bdist\/([\w.-]+\.js):(\d+)(?::(\d+))?/g;
const LAST = 1_000;

if (existsSync(dist)) {
  const given = await text(process.stdin);
  process.stdout.write(
    given.replaceAll(PLACE, (whole, file: string, line: string, column: string | undefined) => {
      const origin = mapOf(file)?.findOrigin(Number(line), Number(column ?? LAST));
      if (origin === undefined || !("fileName" in origin)) return whole;
      const place = `${origin.fileName.replace(/^(\.\.\/)+/, "")}:${origin.lineNumber}`;
      return column === undefined ? place : `${place}:${origin.columnNumber}`;
    }),
  );
} else {
  process.stderr.write(`"${dist}" is not there: run "npm run package" first\n`);
  process.exitCode = 1;
}
