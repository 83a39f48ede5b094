/** One step over what may hold a semicolon that ends nothing: comments, strings, quoted names, dollar quotes. */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$[A-Za-z_]*\w*\$)[\s\S]*?\1|;|[^-/'"$;eE]+|[\s\S]/gy;

/** Cuts a plain SQL script into its statements, without their semicolons. psql's own commands are not SQL. */
export function statementsOf(script: string): string[] {
  const statements: string[] = [];
  let current = "";
  for (const [token] of script.matchAll(TOKEN)) {
    if (token === ";") {
      statements.push(current);
      current = "";
    } else if (!token.startsWith("--") && !token.startsWith("/*")) {
      current += token;
    }
  }
  return [...statements, current].map((it) => it.trim()).filter((it) => it !== "");
}
