import { z } from "zod";

const RetryOptions = z.object({
  firstRetryIntervalInMilliseconds: z.number(),
  maxNumberOfAttempts: z.number(),
  backoffCoefficient: z.number().nullish(),
  maxRetryIntervalInMilliseconds: z.number().nullish(),
  retryTimeoutInMilliseconds: z.number().nullish(),
});
export type RetryOptions = z.infer<typeof RetryOptions>;

const task = { functionName: z.string(), input: z.unknown().optional() };
const child = { ...task, instanceId: z.string().nullish(), version: z.string().nullish() };

const CallActivity = z.object({
  actionType: z.literal([0, 1]),
  ...task,
  retryOptions: RetryOptions.nullish(),
});
const CallChild = z.object({
  actionType: z.literal([2, 3]),
  ...child,
  retryOptions: RetryOptions.nullish(),
});
const ContinueAsNew = z.object({ actionType: z.literal(4), input: z.unknown().optional() });
const CreateTimer = z.object({
  actionType: z.literal(5),
  fireAt: z.iso.datetime(),
  isCanceled: z.boolean(),
});
const WaitForEvent = z.object({ actionType: z.literal(6), externalEventName: z.string() });
const Compound = z.object({
  actionType: z.literal([11, 12]),
  get compoundActions() {
    return z.array(Action);
  },
});
const Unsupported = z.object({ actionType: z.literal([7, 8, 9, 10, 13, 14]) });

export type CallActivity = z.infer<typeof CallActivity>;
export type CallChild = z.infer<typeof CallChild>;
export type CreateTimer = z.infer<typeof CreateTimer>;

interface CompoundAction {
  readonly actionType: 11 | 12;
  readonly compoundActions: readonly Action[];
}

/** One decision of an orchestrator function, as durable-functions 3.5.0 writes it. */
export type Action =
  | CallActivity
  | CallChild
  | z.infer<typeof ContinueAsNew>
  | CreateTimer
  | z.infer<typeof WaitForEvent>
  | CompoundAction
  | z.infer<typeof Unsupported>;

const Action: z.ZodType<Action> = z.lazy(() =>
  z.discriminatedUnion("actionType", [
    CallActivity,
    CallChild,
    ContinueAsNew,
    CreateTimer,
    WaitForEvent,
    Compound,
    Unsupported,
  ]),
);

/** What an orchestrator function says after each episode. */
export interface OrchestratorState {
  readonly isDone: boolean;
  readonly actions: readonly Action[];
  readonly output?: unknown;
  readonly customStatus?: unknown;
  readonly error?: string | null | undefined;
}

const State = z.object({
  isDone: z.boolean(),
  actions: z.array(z.array(Action)),
  output: z.unknown().optional(),
  customStatus: z.unknown().optional(),
  error: z.string().nullish(),
});

/** How the invocation of an orchestrator function ended. */
export type Invoked =
  | { readonly kind: "state"; readonly state: OrchestratorState }
  | { readonly kind: "broken"; readonly message: string };

const MARKER = "$OutOfProcData$:";

function parse(value: unknown): Invoked {
  const parsed = State.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") ?? "";
    return {
      kind: "broken",
      message: `the function returned a state that this host does not understand, at "${where}": ${issue?.message ?? "unknown"}`,
    };
  }
  const { actions, ...rest } = parsed.data;
  return { kind: "state", state: { ...rest, actions: actions.flat() } };
}

export const returned = parse;

/** Finds the state that durable-functions hides in the message of the error that it throws. */
export function rejected(error: unknown): Invoked {
  const message = error instanceof Error ? error.message : String(error);
  const at = message.indexOf(MARKER);
  if (at < 0) return { kind: "broken", message };
  try {
    return parse(JSON.parse(message.slice(at + MARKER.length)));
  } catch {
    return { kind: "broken", message };
  }
}
