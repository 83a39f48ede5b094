/** Thrown when something on this machine is in the way; the message is for the user and says what to do. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
