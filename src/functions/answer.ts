import { DomainError } from "../domain/errors.ts";
import { runInTrace } from "../domain/trace.ts";
import { errorFacts } from "../durable/log.ts";
import type { Endpoint, Invocation, RawRequest, Reply } from "./endpoint.ts";
import { problemReply } from "./problem.ts";

/** The first answer of a process pays for all that is loaded at its first use. */
let first = true;

/** Answers a request whatever happens: the one catch of the HTTP side. */
export async function answer<D>(
  endpoint: Endpoint<D>,
  request: RawRequest,
  deps: D,
  invocation: Invocation,
): Promise<Reply> {
  const { log, requestId } = invocation;
  const startedAt = performance.now();
  const subject = { requestId, endpoint: endpoint.name };
  const cold = first;
  first = false;
  const ended = (status: number) => ({
    ...subject,
    status,
    ms: Math.round(performance.now() - startedAt),
    ...(cold && { cold }),
  });
  try {
    const reply = await runInTrace({ log, facts: subject }, () =>
      endpoint.handle(request, deps, invocation),
    );
    log.info("request.ended", ended(reply.status));
    return reply;
  } catch (error) {
    const reply = problemReply(error, requestId);
    const facts = { ...ended(reply.status), ...errorFacts(error) };
    if (!(error instanceof DomainError)) log.error("request.failed", facts);
    else if (reply.status >= 500) log.warn("request.failed", facts);
    else log.info("request.refused", { ...ended(reply.status), code: error.code });
    return reply;
  }
}
