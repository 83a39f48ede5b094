// kind: run
// rule: A name is in kebab-case
// says: "shop::activity::wrapTwice" is no name of an activity or orchestration: write {package}::{activity|orchestration}::{name} in kebab-case, 128 characters at most
// right: ...measure, name: "shop::activity::wrap-twice",

import { activity } from "../../../src/durable/activity.ts";
import { measure } from "../things.ts";

export const run = () =>
  activity({
    ...measure,
    name: "shop::activity::wrapTwice", // wrong
  });
