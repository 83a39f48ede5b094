import { isScramVerifier } from "../../../src/domain/bootstrap-sql.ts";
import { passwordFault } from "../../../src/domain/password-rules.ts";
import { passwords, scramVerifier } from "../../../src/postgres/passwords.ts";

describe("passwords", () => {
  it("are generated with 32 characters that need no escaping in a URL", () => {
    const password = passwords.generate();

    expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(passwordFault(password)).toBeUndefined();
    expect(passwords.generate()).not.toBe(password);
  });

  it("become the verifier that RFC 7677 implies", async () => {
    // The example of RFC 7677, section 3: its server signature comes from this ServerKey.
    const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");

    expect(await scramVerifier("pencil", salt)).toBe(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });

  it("become a verifier of the grammar, with another salt each time", async () => {
    const [one, two] = await Promise.all([
      passwords.verifier("correct horse battery"),
      passwords.verifier("correct horse battery"),
    ]);

    expect(isScramVerifier(one)).toBe(true);
    expect(one).not.toBe(two);
  });
});
