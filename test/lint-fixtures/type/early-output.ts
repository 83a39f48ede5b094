// kind: type
// rule: Only a completed instance has an output
// says: Property 'output' does not exist on type 'Ended<{ packed: number; }>'.
// right: return ended.state === "Completed" ? ended.output.packed : 0;

import type { DurableClient, Handle } from "../../../src/durable/client.ts";
import { pack } from "../things.ts";

export async function packed(
  client: DurableClient,
  handle: Handle<typeof pack.input, typeof pack.output>,
) {
  const ended = await client.wait(handle, 60_000);
  return ended.output.packed; // wrong
}
