import fc from "fast-check";
import {
  checkInstanceId,
  toCanonicalName,
  toRegisteredName,
  type CanonicalName,
} from "../../../src/durable/names.ts";

describe("registered names", () => {
  it.each<[CanonicalName, string]>([
    ["toygres::activity::deploy-postgres", "toygres_activity_deploy-postgres"],
    ["toygres::orchestration::create-instance", "toygres_orchestration_create-instance"],
    ["my-lib::activity::x2-y", "my-lib_activity_x2-y"],
  ])("%s is registered as %s, and back", (canonical, registered) => {
    expect(toRegisteredName(canonical)).toBe(registered);
    expect(toCanonicalName(registered)).toBe(canonical);
  });

  it.each([
    "Toygres::activity::x",
    "toygres::activity::deploy_postgres",
    "toygres::activity::",
    "toygres::activity::a-",
    "toygres::activity::a--b",
    "1toygres::activity::a",
    "toygres::activity::a::b",
    "toygres::activity::é",
    `toygres::activity::${"a".repeat(120)}`,
  ] as CanonicalName[])("%s is refused", (name) => {
    expect(() => toRegisteredName(name)).toThrow("is no name of an activity or orchestration");
  });

  it.each(["", "hello", "toygres_timer_sweep", "toygres_activity_A", "_activity_"])(
    "the function %p is none of ours",
    (registered) => {
      expect(toCanonicalName(registered)).toBeUndefined();
    },
  );

  it("go there and back for every name in kebab-case, without two names becoming one", () => {
    const kebab = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,3}$/);
    const names = fc
      .tuple(kebab, fc.constantFrom("activity", "orchestration"), kebab)
      .map((parts) => parts.join("::") as CanonicalName);
    fc.assert(
      fc.property(names, (name) => {
        const registered = toRegisteredName(name);
        expect(registered).toMatch(/^[A-Za-z][A-Za-z0-9_-]{0,127}$/);
        expect(toCanonicalName(registered)).toBe(name);
      }),
    );
  });
});

describe("an orchestration's id", () => {
  it.each(["a", "health-01JD", "a.b:c_d-e", "x".repeat(100)])("may be %s", (id) => {
    expect(checkInstanceId(id)).toBe(id);
  });

  it.each(["", "@a", "a/b", "a b", "a?b", "a#b", "ü", "x".repeat(101), "a\n"])(
    "may not be %p",
    (id) => {
      expect(() => checkInstanceId(id)).toThrow("an orchestration's id has 1 to 100 characters");
    },
  );
});
