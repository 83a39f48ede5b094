import { z } from "zod";
import { orchestration } from "../../src/durable/orchestration.ts";
import type { Reply } from "./durable-service.ts";

/** An orchestration for tests of the client. */
export const party = orchestration({
  name: "test::orchestration::party",
  version: "1.0",
  description: "greets",
  input: z.object({ who: z.string(), loud: z.boolean().default(false) }),
  output: z.object({ said: z.string(), again: z.boolean().default(false) }),
  uses: [],
  run: function* () {
    return { said: "" };
  },
});

export const handle = { id: "party-1", orchestration: party };

/** What the service says of it. */
export function statusReply(runtimeStatus: string, output: unknown = null): Reply {
  const body = {
    name: "test_orchestration_party",
    instanceId: "party-1",
    createdTime: "2030-01-01T00:00:00Z",
    lastUpdatedTime: "2030-01-01T00:00:05Z",
    runtimeStatus,
    input: null,
    output,
    customStatus: { step: "one" },
  };
  return { status: runtimeStatus === "Completed" ? 200 : 202, body };
}
