import type { ServerResponse } from "node:http";
import type { KubernetesObject } from "../store/object.ts";
import { badRequest } from "../store/refusals.ts";
import { ApiStatusError } from "../store/status-error.ts";

export interface LogOptions {
  container: string;
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  tailLines: number | undefined;
  sinceSeconds: number | undefined;
  limitBytes: number | undefined;
}

/** What the kubelet gives: a container's output, piece by piece; `follow` goes on until the iterator is returned. */
export type ReadLog = (
  pod: KubernetesObject,
  options: LogOptions,
) => AsyncIterable<string | Uint8Array>;

const numberOf = (text: string | null, name: string): number | undefined => {
  if (text === null) return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`${name} must be a number that is not negative`);
  return Number(text);
};

function containerOf(pod: KubernetesObject, wanted: string | null): string {
  const containers = pod.spec?.["containers"];
  const names = (Array.isArray(containers) ? containers : []).flatMap((c) =>
    typeof c === "object" && c !== null && !Array.isArray(c) && typeof c["name"] === "string"
      ? [c["name"]]
      : [],
  );
  const { name } = pod.metadata;
  if (wanted !== null && wanted !== "") {
    if (names.includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  const [only, ...more] = names;
  if (only === undefined || more.length > 0)
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`,
    );
  return only;
}

export async function streamLog(
  read: ReadLog | undefined,
  pod: KubernetesObject,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const options: LogOptions = {
    container: containerOf(pod, query.get("container")),
    follow: query.get("follow") === "true",
    previous: query.get("previous") === "true",
    timestamps: query.get("timestamps") === "true",
    tailLines: numberOf(query.get("tailLines"), "tailLines"),
    sinceSeconds: numberOf(query.get("sinceSeconds"), "sinceSeconds"),
    limitBytes: numberOf(query.get("limitBytes"), "limitBytes"),
  };
  if (read === undefined)
    throw new ApiStatusError(
      "ServiceUnavailable",
      "This cluster runs without a kubelet, so its pods have no logs.",
    );
  const pieces = read(pod, options)[Symbol.asyncIterator]();
  const stop = (): void => {
    void pieces.return?.();
  };
  response.once("close", stop);
  try {
    // The first piece before the head: a refusal by the kubelet is then still answered as one.
    let piece = await pieces.next();
    response.writeHead(200, { "Content-Type": "text/plain" });
    response.flushHeaders();
    while (piece.done !== true && !response.destroyed) {
      response.write(piece.value);
      piece = await pieces.next();
    }
    response.end();
  } finally {
    response.off("close", stop);
  }
}
