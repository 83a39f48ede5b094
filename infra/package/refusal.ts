/** Thrown when no package is made; the message is for the user and says what to do. */
export class PackageRefusal extends Error {
  override readonly name = "PackageRefusal";
}
