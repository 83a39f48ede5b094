/** Something an orchestrator function has begun, known by its sequence id. */
export type Operation =
  | { readonly kind: "activity"; readonly name: string; readonly input: unknown }
  | {
      readonly kind: "child";
      readonly name: string;
      readonly instanceId: string | undefined;
      readonly version: string | undefined;
      readonly input: unknown;
    }
  | { readonly kind: "timer"; readonly fireAt: number; readonly cancelled: boolean };

/** The history does not fit the function: it was changed while the instance was under way. */
export class NonDeterminism extends Error {
  override readonly name = "NonDeterminism";
}

interface Recorded {
  readonly id: number;
  readonly kind: Operation["kind"];
  readonly name: string | null;
}

const WORD = { activity: "an activity task", child: "a sub-orchestration", timer: "a timer" };

/** Throws unless the function, run again, began what the history says that it began. */
export function assertSame({ id, kind, name }: Recorded, now: Operation | undefined): void {
  const named = name === null ? "" : ` and name '${name}'`;
  const but = difference(kind, name, now);
  if (but === null) return;
  throw new NonDeterminism(
    `Non-Deterministic workflow detected: A previous execution of this orchestration scheduled ${WORD[kind]} with sequence ID ${id}${named}, but the current replay execution ${but}. Was a change made to the orchestrator code after this instance had already started running?`,
  );
}

function difference(kind: Operation["kind"], name: string | null, now: Operation | undefined) {
  if (!now) return "hasn't (yet?) scheduled this task";
  if (now.kind !== kind) return `instead produced ${WORD[now.kind]} with this sequence ID`;
  if (now.kind === "timer" || now.name.toLowerCase() === name?.toLowerCase()) return null;
  return `instead scheduled ${WORD[kind]} with name '${now.name}' at this sequence ID`;
}
