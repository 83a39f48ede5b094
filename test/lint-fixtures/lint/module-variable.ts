// kind: lint
// rule: A module has no variables
// says: A module's state outlives the replay and is shared by all instances: keep it in a variable of the generator, or in the input that continueAsNew() hands on.
// right: const FIRST_TURN = 0;

let turns = 0; // wrong

export function* flow() {
  return {};
}
