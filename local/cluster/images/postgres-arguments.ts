import { ImageFailure } from "./first-start.ts";

const COMMANDS = new Set(["postgres", "docker-entrypoint.sh"]);

export interface ServerCommand {
  readonly port: number;
  readonly args: readonly string[];
}

/** The server's arguments with the container's paths turned into ours, and our own rules on top. */
export function serverCommand(
  given: readonly string[],
  options: { dataDirectory: string; address: string; hostPath: (path: string) => string },
): ServerCommand {
  const settings = new Map<string, string>();
  const words = [...given];
  while (COMMANDS.has(words[0] ?? "")) words.shift();
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const setting = settingIn(word, words);
    if (setting === null)
      throw new ImageFailure(`postgres: this local image knows no argument "${word}"`);
    settings.set(setting.name, setting.value);
  }
  const port = Number(settings.get("port") ?? "5432");
  const ours = {
    listen_addresses: options.address,
    // Nobody connects by socket, and a deep folder would make its path too long.
    unix_socket_directories: "",
    logging_collector: "off",
  };
  for (const [name, value] of Object.entries(ours)) settings.set(name, value);
  const args = [...settings].flatMap(([name, value]) => [
    "-c",
    `${name}=${value.startsWith("/") ? options.hostPath(value) : value}`,
  ]);
  return { port, args: ["-D", options.dataDirectory, ...args] };
}

function settingIn(word: string, rest: string[]): { name: string; value: string } | null {
  if (word === "-p") return { name: "port", value: rest.shift() ?? "" };
  const text =
    word === "-c" ? (rest.shift() ?? "") : /^-c(.+)|^--(.+)/.exec(word)?.slice(1).find(Boolean);
  const [name, ...value] = (text ?? "").split("=");
  if (name === undefined || name === "" || value.length === 0) return null;
  return { name: name.replaceAll("-", "_"), value: value.join("=").replace(/^'(.*)'$/, "$1") };
}
