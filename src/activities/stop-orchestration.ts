import type { DurableClient } from "../durable/client.ts";

const POLL_MS = 250;

/**
 * Terminates an orchestration and looks whether that held, for at most `forMs`. It is asked anew at each look: a
 * termination is lost now and then against continueAsNew, and one of a pending instance can be undone.
 */
export async function stopOrchestration(
  durable: DurableClient,
  id: string,
  { reason, forMs }: { readonly reason: string; readonly forMs: number },
): Promise<boolean> {
  const until = performance.now() + forMs;
  let seenEnded = 0;
  for (;;) {
    const status = await durable.status(id);
    const ended =
      !status || ["Completed", "Failed", "Terminated", "Canceled"].includes(status.state);
    seenEnded = ended ? seenEnded + 1 : 0;
    if (seenEnded === 2) return true;
    if (!ended) await durable.terminate(id, reason);
    if (performance.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
