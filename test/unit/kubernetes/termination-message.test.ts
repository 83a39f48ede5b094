import fc from "fast-check";
import { endReason } from "../../../src/kubernetes/termination-message.ts";
import { AT, told } from "../../support/pod-reports.ts";

/** As a server writes them that is the first process of its container; the others have other numbers. */
const AS = "2026-11-27 03:54:35.722 UTC";
const postmaster = (line: string): string => `${AS} [1] ${line}`;
const other = (line: string): string => `${AS} [71] ${line}`;

describe("the reason for a server's end", () => {
  it.each([
    'FATAL: invalid value for parameter "shared_buffers": "nonsense"',
    "FATAL: could not load /etc/toygres/config/pg_hba.conf",
    "FATAL: could not create any TCP/IP sockets",
  ])("is what is fatal to its first process: %s", (line) => {
    const shutDown = postmaster("LOG:  database system is shut down");
    expect(endReason(`${postmaster(line)}\n${shutDown}\n`)).toBe(line);
  });

  it.each([
    'FATAL: could not write lock file "postmaster.pid": No space left on device',
    'PANIC: could not write to file "pg_wal/xlogtemp.71": No space left on device',
    'FATAL: could not write to file "pg_wal/xlogtemp.73" at offset 0, length 8192: No space left on device',
    'FATAL: could not access file "pg_stat_statements": No such file or directory',
    'FATAL: could not load server certificate file "/etc/toygres/tls/tls.crt": No such file or directory',
    'FATAL: private key file "/etc/toygres/tls/tls.key" has group or world access',
    'FATAL: data directory "/data/pg-1/pgdata" has invalid permissions',
    "FATAL: database files are incompatible with server",
    "FATAL: could not map anonymous shared memory: Cannot allocate memory",
    "FATAL: pre-existing shared memory block (key 1, ID 2) is still in use",
    'FATAL: lock file "postmaster.pid" already exists',
    'FATAL: configuration file "/data/postgresql.conf" contains errors',
    "PANIC: could not locate a valid checkpoint record at 0/174B308",
    "FATAL: out of memory",
  ])("is what stops all of its processes, whichever says it: %s", (line) => {
    expect(endReason(other(line))).toBe(line);
  });

  it.each([
    'initdb: error: could not write file "/data/PG_VERSION": No space left on device',
    "mkdir: cannot create directory ‘/var/lib/postgresql/pgdata’: Permission denied",
    "chown: changing ownership of '/var/lib/postgresql/pgdata': Operation not permitted",
    "/usr/local/bin/docker-entrypoint.sh: line 347: initdb: Permission denied",
    "exec /usr/local/bin/docker-entrypoint.sh: exec format error",
    "Error: Database is uninitialized and superuser password is not specified.",
    "pg_ctl: could not start server",
    "postgres: could not find the database system",
    'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: FATAL: the database system is starting up',
  ])("is what a program says that comes before it: %s", (line) => {
    expect(endReason(`fixing permissions … ok\n${line}\nand what follows\n`)).toBe(line);
  });

  it("is told without what the first statements are made of", () => {
    const lines = [
      'psql:/docker-entrypoint-initdb.d/init.sql:3: ERROR:  syntax error at or near "SCRAM-SHA-256$4096:x"',
      "LINE 1: CREATE ROLE app PASSWORD SCRAM-SHA-256$4096:x",
    ];
    expect(endReason(lines.join("\n"))).toBe(
      'psql:/docker-entrypoint-initdb.d/init.sql:3: ERROR: syntax error at or near "…"',
    );
  });

  it("is told without what a panic names of a user's", () => {
    const line = 'PANIC:  failed to re-find parent key in index "hunter2_key" for split pages 1/2';
    expect(endReason(other(line))).toBe('PANIC: failed to re-find parent key in index "…"');
  });

  it.each([
    [
      "LOG: startup process (PID 29) was terminated by signal 9: Killed",
      [
        postmaster("LOG:  startup process (PID 29) was terminated by signal 9: Killed"),
        postmaster("LOG:  aborting startup due to startup process failure"),
        postmaster("LOG:  database system is shut down"),
      ],
    ],
    [
      "LOG: client backend (PID 71) was terminated by signal 9: Killed",
      [
        postmaster("LOG:  client backend (PID 71) was terminated by signal 9: Killed"),
        postmaster("DETAIL:  Failed process was running: select 'hunter2'"),
      ],
    ],
    [
      "LOG: received fast shutdown request",
      [
        other('PANIC:  could not write to file "pg_wal/xlogtemp.71": No space left on device'),
        postmaster("LOG:  database system is ready to accept connections"),
        postmaster("LOG:  received fast shutdown request"),
      ],
    ],
  ])("is %s, after what it says of its processes since it was ready", (line, lines) => {
    expect(endReason(lines.join("\n"))).toBe(line);
  });

  it.each([
    'ERROR:  syntax error at or near "hunter2" at character 25',
    'ERROR:  duplicate key value violates unique constraint "hunter2"',
    "STATEMENT:  ALTER ROLE app PASSWORD hunter2",
    "DETAIL:  Key (a)=(hunter2) already exists.",
    "HINT:  hunter2",
    "CONTEXT:  SQL function hunter2",
    'FATAL:  password authentication failed for user "hunter2"',
    'FATAL:  role "hunter2" does not exist',
    'FATAL:  database "hunter2" does not exist',
    'FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "hunter2", database "a", no encryption',
    'FATAL:  unrecognized configuration parameter "hunter2"',
    'FATAL:  invalid value for parameter "work_mem": "hunter2"',
    'FATAL:  could not access file "$libdir/plugins/hunter2": No such file or directory',
    "FATAL:  the database system is starting up",
    "FATAL:  terminating connection due to administrator command",
    "FATAL:  sorry, too many clients already",
    "LOG:  duration: 1 ms  statement: select 'hunter2'",
    "LOG:  hunter2 (PID 1) was terminated by signal 9: Killed",
    "LOG:  client backend (PID 1) was terminated by signal 9: hunter",
  ])("is nothing of a statement or a session: %s", (line) => {
    expect(endReason(other(line))).toBeUndefined();
    expect(endReason(line)).toBeUndefined();
  });

  it.each([
    ["OOMKilled", 137, "OOMKilled (exit code 137)"],
    ["Error", 137, "Error (exit code 137)"],
    ["OOMKilled", 1, "OOMKilled (exit code 1)"],
    ["Error", 2, "Error (exit code 2)"],
  ])("is no statement of a client, when it ended by %s (%d)", (reason, exitCode, of) => {
    const message = [
      postmaster("LOG:  client backend (PID 9) was terminated by signal 9: Killed"),
      postmaster("LOG:  database system is ready to accept connections"),
      other('ERROR:  syntax error at or near "hunter2"'),
      other("STATEMENT:  ALTER ROLE app PASSWORD hunter2"),
      other('FATAL:  role "hunter2" does not exist'),
    ].join("\n");
    expect(told({ ended: { reason, exitCode, message } }).waitingFor).toBe(`pod ${AT.pod}: ${of}`);
  });

  it("is not what it had said before it was killed", () => {
    const message = other('PANIC:  could not fsync file "base/5/16384": Input/output error');
    const ended = { reason: "OOMKilled", exitCode: 137, message };
    expect(told({ ended }).waitingFor).toBe(`pod ${AT.pod}: OOMKilled (exit code 137)`);
  });
});

describe("what a client sends", () => {
  const SENT = "hunter2";
  /** Text that looks like the server's, around what must not be told. */
  const text = fc
    .array(
      fc.oneof(
        fc.string(),
        fc.constantFrom(
          SENT,
          ...['"', "\n", "\n\t", "\r", "'", '"\n', ": ", " "],
          `${AS} [1] FATAL:  `,
          `\n${AS} [1] FATAL:  ${SENT}`,
          `\n${AS} [1] PANIC:  could not write to file "${SENT}": No space left on device`,
          `initdb: error: ${SENT}`,
          `\npsql: error: ${SENT}`,
          `\nmkdir: ${SENT}`,
          "database system is shut down",
          "client backend (PID 1) was terminated by signal 9: Killed",
          'could not access file "',
          "x".repeat(700),
        ),
      ),
    )
    .map((parts) => [...parts, SENT].join(""));
  /** How the server quotes it. */
  const QUOTES: readonly ((sent: string) => string)[] = [
    (sent) => `ERROR:  syntax error at or near "${sent}" at character 25`,
    (sent) => `ERROR:  ${sent}`,
    (sent) => `STATEMENT:  ${sent}`,
    (sent) => `DETAIL:  Key (a)=(${sent}) already exists.`,
    (sent) => `CONTEXT:  PL/pgSQL function ${sent} line 1 at RAISE`,
    (sent) => `HINT:  ${sent}`,
    (sent) => `LOG:  ${sent}`,
    (sent) => `LOG:  duration: 1 ms  statement: ${sent}`,
    (sent) => `WARNING:  ${sent}`,
    (sent) => `FATAL:  role "${sent}" does not exist`,
    (sent) => `FATAL:  database "${sent}" does not exist`,
    (sent) => `FATAL:  unrecognized configuration parameter "${sent}"`,
    (sent) => `FATAL:  invalid value for parameter "work_mem": "${sent}"`,
    (sent) => `FATAL:  could not access file "$libdir/plugins/${sent}": No such file or directory`,
    (sent) => `PANIC:  failed to re-find parent key in index "${sent}" for split pages 1/2`,
  ];
  const line = fc
    .tuple(fc.constantFrom(...QUOTES), text)
    .map(([quote, sent]) => other(quote(sent).replaceAll("\n", "\n\t")));
  const own = fc.constantFrom(
    postmaster("LOG:  database system is ready to accept connections"),
    postmaster("LOG:  client backend (PID 71) was terminated by signal 9: Killed"),
    postmaster("LOG:  database system is shut down"),
    other('FATAL:  could not write to file "pg_wal/xlogtemp.73": No space left on device'),
  );
  const ending = fc.constantFrom(
    { reason: "OOMKilled", exitCode: 137 },
    { reason: "Error", exitCode: 1 },
    { reason: "Error", exitCode: 2 },
  );

  it("is never told as the reason for a server's end, wherever the log is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(line, line, own)), ending, (lines, of) => {
        const log = Buffer.from(`${lines.join("\n")}\n`);
        const message = log.subarray(-2_048).toString("utf8");
        for (const { waitingFor, action } of [
          told({ ended: { ...of, message } }),
          told({ waiting: { reason: "CrashLoopBackOff" }, last: { ...of, message } }),
          told({ running: true, last: { ...of, message } }),
        ]) {
          expect(waitingFor).not.toContain(SENT);
          expect(action).not.toContain(SENT);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
