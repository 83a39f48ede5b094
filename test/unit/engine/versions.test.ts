import { isNewerThanHost } from "../../../local/functions-host/engine/versions.ts";

describe("isNewerThanHost", () => {
  it.each([
    { version: null, host: null, newer: false },
    { version: null, host: "1.0", newer: false },
    { version: "", host: "1.0", newer: false },
    { version: "3.1", host: null, newer: true },
    { version: "1.0", host: "1.0", newer: false },
    { version: "1.0", host: "2.0", newer: false },
    { version: "2.0", host: "1.9", newer: true },
    { version: "1.10", host: "1.9", newer: true },
    { version: "1.9", host: "1.10", newer: false },
    { version: "1.0.0", host: "1.0", newer: true },
    { version: "1.0", host: "1.0.0", newer: false },
    { version: "b", host: "a", newer: true },
    { version: "A", host: "b", newer: false },
  ])("is $newer for an instance on $version and a host of $host", ({ version, host, newer }) => {
    expect(isNewerThanHost(version, host)).toBe(newer);
  });
});
