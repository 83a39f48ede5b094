import fc from "fast-check";
import { DomainError } from "../../../src/domain/errors.ts";
import { initSql, isScramVerifier, verifierLiteral } from "../../../src/domain/bootstrap-sql.ts";

const verifier =
  "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

function codeThrownBy(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof DomainError ? error.code : "another error";
  }
}

describe("the bootstrap SQL", () => {
  it("makes three roles and the user's database, and keeps the verifiers out of the log", () => {
    expect(initSql({ postgresVersion: "18", controlVerifier: verifier, appVerifier: verifier }))
      .toMatchInlineSnapshot(`
     "SET log_statement = 'none';
     SET log_min_error_statement = 'panic';
     SET log_min_duration_statement = -1;
     CREATE ROLE toygres LOGIN CREATEROLE PASSWORD 'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=';
     GRANT pg_monitor TO toygres;
     GRANT EXECUTE ON FUNCTION pg_reload_conf() TO toygres;
     GRANT SET ON PARAMETER log_statement, log_min_error_statement, log_min_duration_statement TO toygres;
     CREATE ROLE app LOGIN CREATEDB CREATEROLE PASSWORD 'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=';
     GRANT app TO toygres WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
     CREATE DATABASE app OWNER app;
     "
    `);
  });

  it("leaves app without a password when none is known", () => {
    expect(initSql({ postgresVersion: "16", controlVerifier: verifier })).toContain(
      "CREATE ROLE app LOGIN CREATEDB CREATEROLE;",
    );
  });

  it.each([
    "",
    "plain text password",
    "'; DROP ROLE toygres; --",
    `${verifier}'`,
    `${verifier}\n`,
    verifier.replace("4096", "'"),
    `md5${"0".repeat(32)}`,
  ])("refuses %j in a verifier's place", (text) => {
    expect(codeThrownBy(() => verifierLiteral(text))).toBe("invalid-input");
  });

  it("takes nothing with a quote, a backslash or a control character for a verifier", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("'", "\\", "\n", "\0", ";"), (text, hostile) => {
        return (
          !isScramVerifier(`${verifier}${text}${hostile}`) &&
          !isScramVerifier(`${hostile}${verifier}`)
        );
      }),
    );
  });
});
