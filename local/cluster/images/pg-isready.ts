import { parseArgs } from "node:util";
import { ping } from "../../postgres/ping.ts";

/** Runs `pg_isready` as the image would: the container's own 127.0.0.1 is the pod's address. */
export async function pgIsReady(
  args: readonly string[],
  pod: { address: string; port: number; timeoutMs: number },
): Promise<{ exitCode: number; output: string }> {
  let values: { host?: string; port?: string; username?: string; quiet?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        host: { type: "string", short: "h" },
        port: { type: "string", short: "p" },
        username: { type: "string", short: "U" },
        dbname: { type: "string", short: "d" },
        timeout: { type: "string", short: "t" },
        quiet: { type: "boolean", short: "q" },
      },
    }));
  } catch (error) {
    return { exitCode: 3, output: `pg_isready: ${String(error)}` };
  }
  const port = Number(values.port ?? pod.port);
  const answer = await ping({
    host: pod.address,
    port,
    user: values.username ?? "postgres",
    timeoutMs: pod.timeoutMs,
  });
  const exitCode = { accepting: 0, rejecting: 1, "no response": 2 }[answer];
  const text =
    answer === "accepting"
      ? "accepting connections"
      : answer === "rejecting"
        ? "rejecting connections"
        : answer;
  return {
    exitCode,
    output: values.quiet === true ? "" : `${values.host ?? pod.address}:${port} - ${text}`,
  };
}
