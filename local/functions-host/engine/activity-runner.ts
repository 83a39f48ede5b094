import { failure, success } from "./activity-outcome.ts";
import type { Faults } from "./faults.ts";
import type { Shift } from "./shift.ts";
import type { TaskOutcome } from "./history.ts";
import type { LeasedActivity } from "./store.ts";
import type { Alarm } from "./task-hub.ts";

const RECORD_RETRY_MS = 500;

/** Runs one activity and records how it ended, once, however often it ran. */
export class ActivityRunner {
  readonly #shift: Shift;

  constructor(shift: Shift) {
    this.#shift = shift;
  }

  async run(work: LeasedActivity): Promise<void> {
    const { faults, crash, crashed, keeper } = this.#shift;
    const fault = faults.activity(work.name, work.instanceId);
    if (fault?.do === "crash-before") crash();
    if (crashed()) return;
    const outcome = await this.#outcome(work, fault);
    if (fault?.do === "crash-after") crash();
    if (fault?.do === "lose-answer") keeper.drop(work.lease.token);
    else await this.#record(work, outcome);
  }

  async #outcome(work: LeasedActivity, fault: ReturnType<Faults["activity"]>) {
    const planned = () => failure(work.name, new Error(fault?.message ?? "planned fault"));
    if (fault?.do === "fail") return planned();
    if (fault?.do === "run-twice") await this.#call(work);
    const outcome = await this.#call(work);
    return fault?.do === "fail-after" ? planned() : outcome;
  }

  async #call({ name, data, instanceId }: LeasedActivity): Promise<TaskOutcome> {
    const { invoker, clock, signal, functionTimeoutMs } = this.#shift;
    if (!invoker.activities.some((one) => one.toLowerCase() === name.toLowerCase())) {
      const text = `The function '${name}' doesn't exist, is disabled, or is not an activity function.`;
      return failure(name, new Error(text));
    }
    const timeout = new AbortController();
    const both = AbortSignal.any([signal, timeout.signal]);
    let alarm: Alarm | undefined;
    const late = new Promise<never>((_, reject) => {
      alarm = clock.after(functionTimeoutMs, () => {
        const error = new Error(
          `Timeout value of ${span(functionTimeoutMs)} exceeded by function: ${name}`,
        );
        reject(error);
        timeout.abort(error);
      });
    });
    try {
      const call = invoker.runActivity(name, data, { instanceId, signal: both });
      return success(await Promise.race([call, late]));
    } catch (error) {
      return failure(name, error);
    } finally {
      alarm?.cancel();
    }
  }

  /** An answer is worth waiting for the store to come back: without it the activity runs again. */
  async #record(work: LeasedActivity, outcome: TaskOutcome): Promise<void> {
    const { store, clock, log, crashed } = this.#shift;
    while (!crashed()) {
      try {
        const kept = await store.completeActivity(work.lease, outcome, clock.now());
        if (!kept) log("info", `an answer of "${work.name}" came too late and was not recorded`);
        return;
      } catch {
        await new Promise<void>((resume) => void clock.after(RECORD_RETRY_MS, resume));
      }
    }
  }
}

/** .NET's way to write a time span. */
function span(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}
