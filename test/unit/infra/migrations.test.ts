import { readdirSync, readFileSync } from "node:fs";
import { fromRoot } from "../../support/bicep/files.ts";

describe("migrations", () => {
  it("only add after the first one, so that the code of the release before runs on them", () => {
    const later = readdirSync(fromRoot("migrations")).sort().slice(1);
    const statements = later.flatMap((file) =>
      readFileSync(fromRoot(`migrations/${file}`), "utf8")
        .replace(/--.*$/gm, "")
        .split(";")
        .map((text) => text.trim().replace(/\s+/g, " "))
        .filter((text) => text !== ""),
    );
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.filter((text) => !onlyAdds(text))).toEqual([]);
    expect(onlyAdds("alter table operations drop column removal")).toBe(false);
    expect(onlyAdds("alter table operations add column tries integer not null")).toBe(false);
  });
});

/** A table, an index that refuses nothing, or a column that an older insert need not name. */
function onlyAdds(statement: string): boolean {
  if (/^create (table|index) /i.test(statement)) return true;
  const column = /^alter table \w+ add column (.*)$/i.exec(statement)?.[1];
  if (column === undefined || /, (add|drop|alter) /i.test(column)) return false;
  return !/not null/i.test(column) || /default/i.test(column);
}
