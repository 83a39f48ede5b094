// kind: type
// rule: An orchestration says what it uses
// says: Property 'uses' is missing in type '…' but required in type 'OrchestrationSpec<…>'.
// right: export const flow = orchestration({ ...spec, uses: [] });

import { orchestration } from "../../../src/durable/orchestration.ts";
import { pack } from "../things.ts";

const { name, version, description, input, output } = pack;
const spec = {
  ...{ name, version, description, input, output },
  *run() {
    return { packed: 1 };
  },
};

export const flow = orchestration(spec); // wrong
