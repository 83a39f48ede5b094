import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Guard, keptKeys } from "../../../local/functions-host/http/keys.ts";

const KEYS = { master: "M", host: "H", system: "S", functions: { own: "F" } };

describe("keys", () => {
  it.each([
    ["anonymous", undefined, true],
    ["function", undefined, false],
    ["function", "nonsense", false],
    ["function", "H", true],
    ["function", "M", true],
    ["function", "F", true],
    ["function", "S", false],
    ["admin", "F", false],
    ["admin", "H", false],
    ["admin", "M", true],
  ] as const)("a function of level %s called with %s: %s", (level, key, allowed) => {
    expect(new Guard(KEYS).allowsFunction("Own", level, key)).toBe(allowed);
  });

  it("a function's own key opens no other function", () => {
    expect(new Guard(KEYS).allowsFunction("other", "function", "F")).toBe(false);
  });

  it.each([
    ["M", true, 200],
    ["S", true, 403],
    ["H", false, 403],
    ["F", false, 403],
    ["?", false, 401],
    [undefined, false, 401],
  ])("key %s: webhooks %s, admin %s", (key, webhook, admin) => {
    const guard = new Guard(KEYS);
    expect([guard.allowsWebhook(key), guard.admin(key)]).toEqual([webhook, admin]);
  });

  it("nobody needs a key when there are none", () => {
    const guard = new Guard(null);
    expect(guard.allowsFunction("f", "admin", undefined)).toBe(true);
    expect(guard.allowsWebhook(undefined)).toBe(true);
    expect(guard.admin(undefined)).toBe(200);
    expect(guard.systemKey).toBeUndefined();
  });

  it("are made once and kept in a file that only its owner reads", () => {
    const folder = mkdtempSync(join(tmpdir(), "toygres-keys-"));
    try {
      const first = keptKeys(join(folder, "data"));
      expect(keptKeys(join(folder, "data"))).toEqual(first);
      expect(statSync(join(folder, "data", "keys.json")).mode & 0o777).toBe(0o600);
      expect(new Set([first.master, first.host, first.system]).size).toBe(3);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
