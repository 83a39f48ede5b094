import { ConfigError } from "../../src/config.ts";
import { DomainError } from "../../src/domain/errors.ts";
import { Refusal } from "../processes/refusal.ts";

/** Says what was in the way, in a sentence, and ends with 1; what nobody foresaw is thrown on, with its stack. */
export function refuse(error: unknown): void {
  // By name, because a program that uses the built package has classes of these names of its own.
  const isForeseen =
    error instanceof Error &&
    [Refusal, DomainError, ConfigError].some(({ name }) => name === error.name);
  if (!isForeseen) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
