import { z } from "zod";
import type { Answer } from "./front-door.ts";
import type { World } from "./world.ts";

const Accepted = z.object({
  instance: z.object({ id: z.string() }),
  operation: z.object({ id: z.string() }),
});
const Operation = z.object({
  id: z.string(),
  status: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
});

function expectStatus(answer: Answer, wanted: number): unknown {
  if (answer.status === wanted) return answer.body;
  throw new Error(`the API answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}

/** Asks for a small instance. */
export async function createInstance(
  { request }: Pick<World, "request">,
  name: string,
): Promise<{ readonly instanceId: string; readonly operationId: string }> {
  const answer = await request("POST", "/instances", { name, storageSizeGb: 1 });
  const { instance, operation } = Accepted.parse(expectStatus(answer, 202));
  return { instanceId: instance.id, operationId: operation.id };
}

/** Asks for its removal, by name or id; the id of the operation. */
export async function deleteInstance(
  { request }: Pick<World, "request">,
  instance: string,
): Promise<string> {
  const answer = await request("DELETE", `/instances/${instance}`);
  return Operation.parse(expectStatus(answer, 202)).id;
}

export async function operationOf({ request }: Pick<World, "request">, id: string) {
  const found = Operation.parse(expectStatus(await request("GET", `/operations/${id}`), 200));
  return { ...found, hasEnded: ["succeeded", "failed", "canceled"].includes(found.status) };
}
