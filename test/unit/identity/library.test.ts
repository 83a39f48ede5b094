import { createRequire } from "node:module";

it("renews tokens in the very cache that signing in reads: both use one copy of @azure/msal-node", () => {
  const ours = createRequire(import.meta.url);
  const identitys = createRequire(ours.resolve("@azure/identity"));
  expect(identitys.resolve("@azure/msal-node")).toBe(ours.resolve("@azure/msal-node"));
});
