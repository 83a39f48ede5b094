import fc from "fast-check";
import {
  checkVersion,
  compareVersions,
  implementationFor,
  newestVersions,
} from "../../../src/durable/versions.ts";

const of = (...versions: string[]) => versions.map((version) => ({ version }));

describe("newestVersions", () => {
  const uses = (...names: string[]) => names.map((name) => ({ name }));
  const versionOf = newestVersions([
    { name: "alone", version: "1.0", uses: uses("an-activity") },
    { name: "changed", version: "1.10", uses: [] },
    { name: "changed", version: "1.9", uses: [] },
    { name: "parent", version: "1.0", uses: uses("an-activity", "changed") },
    { name: "grandparent", version: "1.0", uses: uses("parent", "grandparent") },
    { name: "former-parent", version: "1.0", uses: uses("changed") },
    { name: "former-parent", version: "1.1", uses: [] },
    { name: "ahead", version: "2.0", uses: uses("changed") },
  ]);

  it.each([
    ["alone", "1.0"],
    ["changed", "1.10"],
    ["parent", "1.10"],
    ["grandparent", "1.10"],
    ["former-parent", "1.10"],
    ["ahead", "2.0"],
    ["unknown", undefined],
  ])("of %s is %s, so that its children begin on theirs", (name, version) => {
    expect(versionOf(name)).toBe(version);
  });
});

describe("implementationFor", () => {
  it.each([
    { kept: ["1.0"], begunOn: "1.0", runs: "1.0" },
    { kept: ["1.0", "2.0"], begunOn: "1.0", runs: "1.0" },
    { kept: ["1.0", "2.0"], begunOn: "1.9", runs: "1.0" },
    { kept: ["2.0", "1.0"], begunOn: "2.0", runs: "2.0" },
    { kept: ["1.0", "2.0"], begunOn: "3.0", runs: "2.0" },
    { kept: ["1.9", "1.10"], begunOn: "1.10", runs: "1.10" },
    { kept: ["1.9", "1.10"], begunOn: "1.9", runs: "1.9" },
    { kept: ["1.0", "2.0"], begunOn: undefined, runs: "1.0" },
    { kept: ["1.0", "2.0"], begunOn: null, runs: "1.0" },
    { kept: ["1.0", "2.0"], begunOn: "", runs: "1.0" },
    { kept: ["2.0"], begunOn: "1.0", runs: undefined },
    { kept: ["1.0"], begunOn: "one", runs: undefined },
  ])("of $kept runs $runs for an instance that began on $begunOn", ({ kept, begunOn, runs }) => {
    expect(implementationFor(of(...kept), begunOn)?.version).toBe(runs);
  });

  const version = fc.tuple(fc.nat(20), fc.nat(20)).map(([major, minor]) => `${major}.${minor}`);

  it("never runs a newer one, nor passes over one that fits better", () => {
    fc.assert(
      fc.property(fc.uniqueArray(version, { minLength: 1 }), version, (kept, begunOn) => {
        const runs = implementationFor(of(...kept), begunOn)?.version;
        const older = kept.filter((one) => compareVersions(one, begunOn) <= 0);
        expect(runs !== undefined).toBe(older.length > 0);
        if (runs !== undefined)
          expect(older.filter((one) => compareVersions(one, runs) > 0)).toEqual([]);
      }),
    );
  });

  it("runs the same for an instance whatever newer versions are added", () => {
    fc.assert(
      fc.property(fc.uniqueArray(version, { minLength: 1 }), version, (kept, begunOn) => {
        const before = kept.filter((one) => compareVersions(one, begunOn) <= 0);
        fc.pre(before.length > 0);
        expect(implementationFor(of(...kept), begunOn)).toEqual(
          implementationFor(of(...before), begunOn),
        );
      }),
    );
  });
});

describe("checkVersion", () => {
  it.each(["1.0", "0.1", "2.10", "100.3"])("takes %s", (version) => {
    expect(checkVersion(version, "x")).toBe(version);
  });

  it.each(["1", "1.0.0", "v1.0", "01.0", "1.00", " 1.0", "1.0-rc", "", "1.0\n", "1234567.0"])(
    "refuses %j, which the host would compare in another way",
    (version) => {
      expect(() => checkVersion(version, '"a"')).toThrow(/of "a" is not of the form MAJOR.MINOR/);
    },
  );
});
