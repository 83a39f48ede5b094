import { z } from "zod";
import { passwordFault } from "../domain/password-rules.ts";
import type { Passwords } from "../domain/postgres.ts";
import type { InputError } from "./refusal.ts";

/** Any text here: what is wrong with it as a password is said by {@link passwordErrors}. */
export const PasswordField = z.string().optional();

export function passwordErrors(password: string | undefined): InputError[] {
  const message = password === undefined ? undefined : passwordFault(password);
  if (message === undefined) return [];
  return [{ pointer: "/password", code: "not-allowed", message }];
}

export interface ChosenPassword {
  readonly verifier: string;
  /** Only when it was made here: a client's own is not sent back. */
  readonly generated?: string;
}

/** What is stored in a password's place; without a given one, a password is made. */
export async function choosePassword(
  given: string | undefined,
  passwords: Passwords,
): Promise<ChosenPassword> {
  if (given !== undefined) return { verifier: await passwords.verifier(given) };
  const generated = passwords.generate();
  return { verifier: await passwords.verifier(generated), generated };
}
