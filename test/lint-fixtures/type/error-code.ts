// kind: type
// rule: An error's code names its package
// says: Argument of type '"sold-out"' is not assignable to parameter of type '…`${string}::${string}`'.
// right: throw new DomainError("shop::sold-out", "there is no box left");

import { DomainError } from "../../../src/domain/errors.ts";

export function sell(): never {
  throw new DomainError("sold-out", "there is no box left"); // wrong
}
