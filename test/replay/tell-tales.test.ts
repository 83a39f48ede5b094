import { tellTalesIn } from "./tell-tales.ts";

const inJson = (value: unknown): string => JSON.stringify({ Result: JSON.stringify(value) });

describe("a recording is refused for", () => {
  it.each([
    ["a password, key or token", { password: "correct horse" }],
    ["a password, key or token", "host=db password=hunter2"],
    ["a password, key or token", { token: "2b0c" }],
    ["a password, key or token", "AccountName=a;AccountKey=bm90IGEga2V5"],
    ["a bearer token", { header: "Bearer abcdef.123456" }],
    ["a JSON Web Token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"],
    ["a key in a URL", "http://host/runtime/webhooks/durabletask/instances/i?code=abc"],
    ["a password in a URL", "postgresql://app:secret@10.0.0.7:5432/app"],
    ["a private key", "-----BEGIN EC PRIVATE KEY-----\nMHc"],
    ["a SCRAM verifier", "SCRAM-SHA-256$4096:c2FsdA==$a:b"],
    ["a path of the machine", 'could not open "/tmp/toygres/pgdata"'],
    ["a path of the machine", "/root/.kube/config is missing"],
    ["a path of the machine", "C:\\Users\\me"],
    ["a file URL", "file:///app/main.js"],
    ["a stack trace", "Error: x\n    at handler (index.js:13:51)"],
  ])("%s", (what, value) => {
    expect(tellTalesIn(inJson(value))).toContain(what);
  });

  it.each([
    "postgresql://app@127.1.0.1:5432/app?sslmode=verify-full",
    "2026-11-21T06:36:28.543Z",
    "password authentication failed",
    "GET /instances/orders/events",
  ])("nothing that is in order: %s", (value) => {
    expect(tellTalesIn(inJson({ value }))).toEqual([]);
  });
});
