// kind: type
// rule: A start takes the orchestration's input
// says: Property 'turn' is missing in type '{}' but required in type '{ turn: number; }'.
// right: await client.start(pack, { turn: 1 }, { id: "pack-1" });

import type { DurableClient } from "../../../src/durable/client.ts";
import { pack } from "../things.ts";

export async function begin(client: DurableClient) {
  await client.start(pack, {}, { id: "pack-1" }); // wrong
}
