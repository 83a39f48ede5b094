import { toRegisteredName } from "../../../src/durable/names.ts";
import type { Case, Stage } from "./stage.ts";

export const WEBHOOKS = "/runtime/webhooks/durabletask";

interface Named {
  readonly name: Case["orchestration"];
}

/** The cases of one orchestration. */
export const casesOf =
  ({ name: orchestration }: Named) =>
  (...names: readonly string[]): Case[] =>
    names.map((name) => ({ orchestration, name }));

export async function accepted({ env }: Stage, path: string, body?: unknown): Promise<void> {
  const { status } = await env.call("POST", path, body);
  if (status !== 202 && status !== 200) throw new Error(`POST ${path}: ${status}`);
}

/** Starts an orchestration from outside. */
export async function begin(
  stage: Stage,
  { name }: Named,
  instanceId: string,
  input: unknown,
): Promise<void> {
  await accepted(stage, `${WEBHOOKS}/orchestrators/${toRegisteredName(name)}/${instanceId}`, input);
}
