import { PostgresMajor } from "../../postgres/binaries.ts";

const PUBLIC_PREFIXES = ["docker.io/library/", "docker.io/", "library/"];

/** The major version that an image name means; null for every image that this cluster does not have. */
export function majorOfImage(image: string, prefixes: readonly string[]): PostgresMajor | null {
  const name = image.replace(/@sha256:[0-9a-f]{64}$/, "");
  const prefix =
    [...prefixes, ...PUBLIC_PREFIXES].find((it) => it !== "" && name.startsWith(it)) ?? "";
  const tag = /^postgres:(\d+)$/.exec(name.slice(prefix.length))?.[1];
  return PostgresMajor.safeParse(tag).data ?? null;
}

/** In the words of a real container runtime. */
export const pullFailure = (image: string): string =>
  `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": ` +
  `this local cluster has postgres:16, postgres:17 and postgres:18 only`;
