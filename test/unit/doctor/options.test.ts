import { optionsOf } from "../../../src/doctor/options.ts";

describe("the options of npm run doctor", () => {
  it("come from the command line, or from the environment", () => {
    expect(optionsOf(["--pull", "--url", "https://one.example"], {})).toMatchObject({
      pull: true,
      json: false,
      url: new URL("https://one.example"),
      key: undefined,
    });
    expect(
      optionsOf(["--url", "https://one.example"], {
        TOYGRES_URL: "https://two.example",
        TOYGRES_KEY: "k",
      }),
    ).toMatchObject({ url: new URL("https://one.example"), key: "k" });
    expect(optionsOf([], { TOYGRES_URL: "" }).url).toBeUndefined();
  });

  it.each([
    [["--url", "my-app"], /must be the app's address, such as https/],
    [["--url", "file:///etc"], /must be the app's address, such as https/],
    [["--key-file", "/nowhere/key"], /cannot be read/],
    [["--pul"], /--pul/],
    [["now"], /now/],
  ])("%j is refused with what to do", (args, sentence) => {
    expect(() => optionsOf(args, {})).toThrow(sentence);
  });
});
