// kind: run
// rule: A code of an error is in kebab-case, under its package
// says: "shop::soldOut" is no code of an error: write {package}::{code} in kebab-case
// right: const code = "shop::sold-out";

import { DomainError } from "../../../src/domain/errors.ts";

const code = "shop::soldOut"; // wrong

export const run = () => {
  throw new DomainError(code, "there is no box left");
};
