/** A host whose management webhook is asked; the key goes into a header and nowhere else. */
export interface Host {
  readonly url: string;
  readonly key?: string | undefined;
}

/** How an instance stands, with its history as far as any host shows it. */
export async function statusOf({ url, key }: Host, instanceId: string): Promise<unknown> {
  const path = `/runtime/webhooks/durabletask/instances/${encodeURIComponent(instanceId)}`;
  const query = "?showHistory=true&showHistoryOutput=true&showInput=true";
  const response = await fetch(new URL(path + query, url), {
    headers: key === undefined ? {} : { "x-functions-key": key },
    signal: AbortSignal.timeout(30_000),
  }).catch((error: unknown) => {
    throw new Error(`no host answers at ${new URL(url).origin}`, { cause: error });
  });
  // A running instance is 202, and a failed one 200 as long as nobody asks for a 500.
  if (response.ok) return response.json();
  await response.body?.cancel();
  throw new Error(sentences[response.status] ?? `the host answered ${response.status}`);
}

const sentences: Readonly<Record<number, string>> = {
  401: "the host refused the key: name the variable that holds its durabletask_extension key with --key-env",
  404: "the host has no instance of this id",
};
