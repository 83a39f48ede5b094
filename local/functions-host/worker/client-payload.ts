/** Where the webhooks are and what their URLs must carry. */
export interface WebhookAddress {
  /** `http://host:port/runtime/webhooks/durabletask`. */
  readonly baseUrl: string;
  /** Ends in a slash, as the client resolves relative to it. */
  readonly rpcBaseUrl: string;
  readonly taskHubName: string;
  /** The system key; absent when keys are off. */
  readonly systemKey?: string;
}

export const MANAGEMENT_OPERATIONS = [
  ["statusQueryGetUri", ""],
  ["sendEventPostUri", "/raiseEvent/{eventName}"],
  ["terminatePostUri", "/terminate?reason={text}"],
  ["rewindPostUri", "/rewind?reason={text}"],
  ["purgeHistoryDeleteUri", ""],
  ["restartPostUri", "/restart"],
  ["suspendPostUri", "/suspend?reason={text}"],
  ["resumePostUri", "/resume?reason={text}"],
] as const;

/** The URLs of one instance, in the order in which the real host lists them. */
export function managementUrls(
  address: WebhookAddress,
  instanceId: string,
): Record<string, string> & { id: string; statusQueryGetUri: string } {
  const base = `${address.baseUrl}/instances/${encodeURIComponent(instanceId)}`;
  const query = [
    `taskHub=${address.taskHubName}`,
    "connection=Storage",
    ...keyParameter(address),
  ].join("&");
  const urls: Record<string, string> = {};
  for (const [name, path] of MANAGEMENT_OPERATIONS) {
    urls[name] = `${base}${path}${path.includes("?") ? "&" : "?"}${query}`;
  }
  return { id: instanceId, statusQueryGetUri: `${base}?${query}`, ...urls };
}

/** The text that a `durableClient` binding carries into the function. */
export function clientPayload(address: WebhookAddress): string {
  const key = keyParameter(address).join("&");
  const start = `${address.baseUrl}/orchestrators/{functionName}[/{instanceId}]`;
  const wait = "timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}";
  return JSON.stringify({
    taskHubName: address.taskHubName,
    creationUrls: {
      createNewInstancePostUri: key === "" ? start : `${start}?${key}`,
      createAndWaitOnNewInstancePostUri: `${start}?${[wait, ...keyParameter(address)].join("&")}`,
    },
    managementUrls: managementUrls(address, "INSTANCEID"),
    baseUrl: address.baseUrl,
    requiredQueryStringParameters: key,
    rpcBaseUrl: address.rpcBaseUrl,
  });
}

function keyParameter({ systemKey }: WebhookAddress): string[] {
  return systemKey === undefined ? [] : [`code=${encodeURIComponent(systemKey)}`];
}
