import { env } from "node:process";
import { doctor } from "./doctor/doctor.ts";

/** `npm run doctor`: whether everything is as Toygres needs it, and what to do where it is not. */
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => interrupted.abort());

const code = await doctor({
  args: process.argv.slice(2),
  // Handed over as it is: most of what is looked at here is the Functions host's, not ours.
  env,
  signal: interrupted.signal,
  print: (line) => void process.stdout.write(`${line}\n`),
});
// Whatever a check left open must not keep the terminal; what was printed goes out first.
process.stdout.write("", () => process.exit(interrupted.signal.aborted ? 130 : code));
