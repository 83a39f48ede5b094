/** What a recording must not hold, since it is kept in public for ever; the host's own stacks name files and users. */
const TELL_TALES: readonly (readonly [string, RegExp])[] = [
  [
    "a password, key or token",
    /(?:password|passwd|pwd|secret|token|api-?key|account-?key)\W{0,6}[=:]\s*\W{0,4}\w/i,
  ],
  ["a bearer token", /\bbearer\s+[\w.~+/-]{8,}/i],
  ["a JSON Web Token", /\beyJ[\w-]{8,}\.[\w-]{8,}/],
  ["a key in a URL", /[?&](?:code|sig|key)=(?!\{)[\w%-]/i],
  ["a password in a URL", /:\/\/[^\s/:@"]+:[^\s/@"]+@/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a SCRAM verifier", /SCRAM-SHA-256\$/],
  [
    "a path of the machine",
    /(?<![\w}./-])(?:\/(?:work|tmp|root|home|Users|var|private|opt|usr|proc)\/|[A-Z]:\\)/,
  ],
  ["a file URL", /\bfile:\/\//],
  ["a stack trace", /(?:\\n|\n)\s+at \S|\.[cm]?[jt]s:\d+:\d+/],
];

/** The kinds of secrets and of places on the machine that stand in the text. */
export function tellTalesIn(text: string): string[] {
  return TELL_TALES.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);
}
