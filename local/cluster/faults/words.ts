/** What real clusters and servers say; the places where it was read stand in docs/cluster-faults.md. */

interface Reference {
  readonly full: string;
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
}

/** An image's name in full, as a node asks a registry for it. */
function referenceOf(image: string): Reference {
  const parts = image.split("/");
  const isFull = parts.length > 1 && /[.:]/.test(parts[0] ?? "");
  const host = isFull ? (parts[0] ?? "") : "docker.io";
  const path = isFull ? parts.slice(1).join("/") : parts.length > 1 ? image : `library/${image}`;
  const [repository = "", tag = "latest"] = path.split(/[:@](?=[^/]+$)/);
  return { full: `${host}/${path}`, host, repository, tag };
}

/** How a container runtime refuses a pull. */
export const PULLS = {
  "not-found": (image: string): string => {
    const { full } = referenceOf(image);
    return `rpc error: code = NotFound desc = ${unpacking(full)}: ${full}: not found`;
  },
  "no-right": (image: string): string => {
    const { full, host, repository } = referenceOf(image);
    const scope = `scope=repository%3A${repository.replaceAll("/", "%2F")}%3Apull`;
    const url = `https://${host}/oauth2/token?${scope}&service=${host}`;
    return `${unpacking(full)}: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to ${url}: 401 Unauthorized`;
  },
  "registry-timeout": (image: string): string => {
    const { full, host, repository, tag } = referenceOf(image);
    const registry = host === "docker.io" ? "registry-1.docker.io" : host;
    return `rpc error: code = DeadlineExceeded desc = ${unpacking(full)}: failed to do request: Head "https://${registry}/v2/${repository}/manifests/${tag}": dial tcp 192.0.2.1:443: i/o timeout`;
  },
} as const;

const unpacking = (full: string): string =>
  `failed to pull and unpack image "${full}": failed to resolve reference "${full}"`;

export const noRoom = (lacks: "memory" | "cpu"): string =>
  `0/1 nodes are available: 1 Insufficient ${lacks}. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.`;

export const notMade = (storageClass: string): string =>
  `failed to provision volume with StorageClass "${storageClass}": rpc error: code = Unknown desc = Retriable: false, RetryAfter: 302s, HTTPStatusCode: 429, RawError: {"error":{"code":"SubscriptionRequestsThrottled","message":"Number of write requests for subscription '00000000-0000-0000-0000-000000000000' exceeded the limit of '1200' for time interval '01:00:00'. Please try again after '303' seconds."}}`;

export const notAttached = (volume: string): string =>
  `AttachVolume.Attach failed for volume "${volume}" : rpc error: code = Unknown desc = Attach volume ${volume} to instance local failed with Retriable: false, RetryAfter: 0s, HTTPStatusCode: 409, RawError: {\r\n  "error": {\r\n    "code": "OperationNotAllowed",\r\n    "message": "The maximum number of data disks allowed to be attached to a VM of this size is 4.",\r\n    "target": "dataDisks"\r\n  }\r\n}`;

const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000";

/** How Azure refuses an address; the event of the service controller quotes it. */
const ADDRESSES = {
  quota:
    'Retriable: false, RetryAfter: 0s, HTTPStatusCode: 400, RawError: {"error":{"code":"PublicIPCountLimitReached","message":"Cannot create more than 20 public IP addresses for this subscription in this region.","details":[]}}',
  "no-right": `Retriable: false, RetryAfter: 0s, HTTPStatusCode: 403, RawError: {"error":{"code":"AuthorizationFailed","message":"The client '00000000-0000-0000-0000-000000000000' with object id '00000000-0000-0000-0000-000000000000' does not have authorization to perform action 'Microsoft.Network/publicIPAddresses/read' over scope '${SUBSCRIPTION}/resourceGroups/addresses/providers/Microsoft.Network' or the scope is invalid. If access was recently granted, please refresh your credentials."}}`,
} as const;

export const noAddress = (because: keyof typeof ADDRESSES): string =>
  `Error syncing load balancer: failed to ensure load balancer: ${ADDRESSES[because]}`;

/** The lines as a server writes them that is the first process of its container. */
function logged(now: Date, lines: readonly string[]): string {
  const at = now.toISOString().replace("T", " ").replace("Z", " UTC");
  return lines.map((line) => `${at} [1] ${line}`).join("\n");
}

const NO_SPACE = "No space left on device";

/** As recorded from PostgreSQL 18.4 on a file system that is full. */
export const diskFull = {
  /** A running server that finds no room for its next WAL segment, and none to recover. */
  running: (now: Date): string =>
    logged(now, [
      `PANIC:  could not write to file "pg_wal/xlogtemp.71": ${NO_SPACE}`,
      "LOG:  client backend (PID 71) was terminated by signal 6: Aborted",
      "LOG:  terminating any other active server processes",
      "LOG:  all server processes terminated; reinitializing",
      "LOG:  database system was not properly shut down; automatic recovery in progress",
      `FATAL:  could not write to file "pg_wal/xlogtemp.73": ${NO_SPACE}`,
      "LOG:  startup process (PID 73) exited with exit code 1",
      "LOG:  terminating any other active server processes",
      "LOG:  shutting down due to startup process failure",
      "LOG:  database system is shut down",
    ]),
  starting: (now: Date): string =>
    logged(now, [`FATAL:  could not write lock file "postmaster.pid": ${NO_SPACE}`]),
  empty: (): string =>
    [
      `initdb: error: could not write file "/var/lib/postgresql/pgdata/PG_VERSION": ${NO_SPACE}`,
      'initdb: removing contents of data directory "/var/lib/postgresql/pgdata"',
    ].join("\n"),
} as const;

/** A library that is to be preloaded and is not there: whatever happens, the server does not come up. */
export const crashed = (now: Date): string =>
  logged(now, [
    'FATAL:  could not access file "pg_stat_statements": No such file or directory',
    "LOG:  database system is shut down",
  ]);
