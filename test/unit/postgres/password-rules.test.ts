import fc from "fast-check";
import { DomainError } from "../../../src/domain/errors.ts";
import { passwordFault, checkPassword } from "../../../src/domain/password-rules.ts";

const accepted = [
  "correct horse battery",
  `quote' double" back\\slash`,
  "user:pass/word@host#frag%20 ?&=",
  "😀😀😀😀😀😀😀😀😀😀😀😀",
  "emoji 😀 between words",
  "café au lait composed",
  "cafe\u0301 au lait decomposed",
  "soft\u00adhyphen in the middle",
  "nicht\u00a0umbrechen\u00a0bitte",
  "مرحبامرحبامرحبا",
  "ﬁligree without emoji",
  "x".repeat(128),
  "😀".repeat(128),
];

const refused: readonly (readonly [string, string, RegExp])[] = [
  ["is too short", "elevenchars", /at least 12/],
  ["is too long", "x".repeat(129), /at most 128/],
  ["has a newline", "twelve chars\n", /SASLprep forbids/],
  ["has a NUL", "twelve\u0000chars!", /SASLprep forbids/],
  ["has a private-use character", "private \ue000 use ...", /SASLprep forbids/],
  ["has half a surrogate pair", "half \ud83d of a pair", /SASLprep forbids/],
  ["mixes emoji with a decomposed letter", "😀 cafe\u0301 au lait", /normalised in two ways/],
  ["mixes writing directions with a ligature", "مرحبا ﬁligree abc", /normalised in two ways/],
  ["counts only by invisible characters", "\u00ad".repeat(12), /normalised in two ways/],
  ["is long only by invisible characters", `abcdef${"\u00ad".repeat(12)}`, /that count/],
];

function codeThrownBy(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof DomainError ? error.code : "another error";
  }
}

describe("the rules of passwords", () => {
  it.each(accepted)("accept %j", (password) => {
    expect(passwordFault(password)).toBeUndefined();
  });

  it.each(refused)("refuse one that %s", (_what, password, reason) => {
    expect(passwordFault(password)).toMatch(reason);
  });

  it("refuse with a stable code and without the password", () => {
    const secret = "zyxwvutsrq\n-secret";
    expect(codeThrownBy(() => checkPassword(secret))).toBe("invalid-password");
    expect(passwordFault(secret)).not.toContain("zyx");
  });

  it("accept all printable ASCII of the right length", () => {
    const printable = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 12,
      maxLength: 128,
    });
    fc.assert(fc.property(printable, (password) => passwordFault(password) === undefined));
  });

  it("never throw, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 140 }), (text) => {
        passwordFault(text);
      }),
      { numRuns: 500 },
    );
  });
});
