// kind: lint
// rule: A module's constants do not change
// says: A module's state outlives the replay and is shared by all instances: keep it in a variable of the generator, or in the input that continueAsNew() hands on.
// right: const sizes = new Map([[name, 1]]);

const seen = new Map<string, number>();

export function* flow(name: string) {
  seen.set(name, 1); // wrong
  return { seen };
}
