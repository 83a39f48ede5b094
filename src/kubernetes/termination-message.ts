/**
 * The kubelet takes the last 2 KB of a log. What fills them begins somewhere in a line, which can be in the middle of a
 * client's statement.
 */
const CUT_FROM_BYTES = 2_000;

/** How the server begins a line of its own. What a client said comes with a tab before each further line. */
const SERVER_LINE = /^(?:\S+ \S+ \S+ \[(\d+)\] )?(PANIC|FATAL|LOG): +(.*)$/;

/** Whatever was wrong before that, it was overcome. */
const READY = "database system is ready to accept connections";

/** The first process of the container, to which no client talks: what is fatal to it ends the server. */
const POSTMASTER = "1";

const anyOf = (...texts: readonly string[]): RegExp => new RegExp(`^(?:${texts.join("|")})$`);

const FILE = String.raw`"[\w./+-]+"`;
const BECAUSE = String.raw`: [A-Z][\w ,/()-]*`;

/** What ends a server whichever of its processes says it, which on a laptop have other numbers. */
const FATAL_TO_ALL = anyOf(
  String.raw`could not [a-z][a-z /-]* ${FILE}(?: at offset \d+, length \d+)?(?:${BECAUSE})?`,
  String.raw`could not load /[\w./+-]+`,
  `could not create any (?:TCP/IP|Unix-domain) sockets`,
  `could not [a-z ]*(?:shared memory|semaphores)[a-z ]*${BECAUSE}`,
  String.raw`could not resize shared memory segment ${FILE} to \d+ bytes${BECAUSE}`,
  `could not fork [a-z ]+${BECAUSE}`,
  String.raw`could not (?:locate|find) [a-z ]*(?:checkpoint record|redo location)[\w/ ]*`,
  `data directory ${FILE} (?:does not exist|has invalid permissions|has wrong ownership)`,
  `${FILE} is not a valid data directory`,
  String.raw`database files are incompatible with server(?:: the data directory was [\w ,.]+)?`,
  `lock file ${FILE} (?:already exists|is empty)`,
  String.raw`pre-existing shared memory block \(key \d+, ID \d+\) is still in use`,
  `configuration file ${FILE} contains errors`,
  `private key file ${FILE} (?:has group or world access|must be owned by [a-z ]+)`,
  "incorrect checksum in control file",
  "out of memory",
);

const PROCESS =
  "client backend|server process|startup process|checkpointer process|background writer process|WAL writer process|autovacuum (?:launcher|worker) process|autovacuum (?:launcher|worker)|checkpointer|background writer|walwriter|io worker|startup";
const SIGNAL =
  "Aborted|Bus error|Floating point exception|Illegal instruction|Killed|Quit|Segmentation fault|Terminated";

/** Also clients can have lines written to the log as `LOG`, so that these are told by the letter only. */
const PROCESS_ENDED = anyOf(
  String.raw`(?:${PROCESS}) \(PID \d+\) was terminated by signal \d+(?:: (?:${SIGNAL}))?`,
  String.raw`(?:${PROCESS}) \(PID \d+\) exited with exit code \d+`,
);
const SHUT_DOWN = anyOf(
  "(?:aborting startup|shutting down) due to startup process failure",
  "received (?:smart|fast|immediate) shutdown request",
  "database system is shut down",
);

/** The programs that come before the server, in the image's entrypoint: no client has reached it yet. */
const START_UP = [
  /^initdb: error: /,
  /^child process (?:exited|was terminated) /,
  /^pg_ctl: (?:could not|cannot|server did not) /,
  /^psql:.* (?:error|ERROR|FATAL): /,
  /^postgres: /,
  /^(?:cat|chmod|chown|cp|find|install|ln|mkdir|mv|rm|touch): /,
  /^(?:\/usr\/local\/bin\/)?docker-entrypoint\.sh: line \d+: /,
  /^\/docker-entrypoint-initdb\.d\/[\w.-]+: /,
  /^exec \S+: /,
  /^Error: (?:Database is uninitialized|in 18\+)/,
  /^error: both \w+ and \w+ are set/,
  /^(?:Bus error|Segmentation fault|Killed|Aborted)\b/,
];

const OF_A_FILE = /^"\/[\w./-]+"$/;

type Telling = (line: string) => string | undefined;

const fatal: Telling = (line) => {
  const [, pid, severity, text = ""] = SERVER_LINE.exec(line) ?? [];
  if (severity !== "FATAL" && severity !== "PANIC") return undefined;
  if (pid === POSTMASTER || FATAL_TO_ALL.test(text)) return `${severity}: ${text}`;
  // A panic ends them all, too, but its text may name something of a user's. Other fatal errors are a session's own.
  return severity === "PANIC" ? `PANIC: ${text.replace(/".*/, '"…"')}` : undefined;
};

/** Of psql no quotes but of files: its statements make the roles. */
const startUp: Telling = (line) => {
  if (!START_UP.some((sign) => sign.test(line))) return undefined;
  if (!line.startsWith("psql:")) return line;
  return line.replace(/"[^"]*"?/g, (quoted) => (OF_A_FILE.test(quoted) ? quoted : '"…"'));
};

const logged =
  (texts: RegExp): Telling =>
  (line) => {
    const [, , severity, text = ""] = SERVER_LINE.exec(line) ?? [];
    return severity === "LOG" && texts.test(text) ? `LOG: ${text}` : undefined;
  };

/** The most telling first. */
const TELLING = [fatal, startUp, logged(PROCESS_ENDED), logged(SHUT_DOWN)];

/**
 * Of the last lines of a container's output the one that says why it ended; undefined: none says it. Never an error of a
 * statement or of a session: these end no server, and quote what clients sent.
 */
export function endReason(output: string): string | undefined {
  const isCut = Buffer.byteLength(output) >= CUT_FROM_BYTES;
  const lines = output.split("\n").slice(isCut ? 1 : 0);
  const isReady = (line: string): boolean => SERVER_LINE.exec(line)?.[3] === READY;
  const last = lines.slice(lines.findLastIndex(isReady) + 1);
  for (const telling of TELLING) {
    const told = last.map(telling).findLast((it) => it !== undefined);
    if (told !== undefined) return told.replace(/\s+/g, " ").trim();
  }
  return undefined;
}
