import { ConfigError } from "../../src/config.ts";
import { DomainError } from "../../src/domain/errors.ts";
import { Refusal } from "../processes/refusal.ts";

/** Says what was in the way, in a sentence, and ends with 1; what nobody foresaw is thrown on, with its stack. */
export function refuse(error: unknown): void {
  const isForeseen =
    error instanceof Refusal || error instanceof DomainError || error instanceof ConfigError;
  if (!isForeseen) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
