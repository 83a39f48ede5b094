import { masked } from "../logs/masked.ts";
import type { TaskOutcome } from "./history.ts";

/** The function's return value as the orchestrator will read it. */
export function success(value: unknown): TaskOutcome {
  return { ok: true, result: value === undefined ? null : JSON.stringify(value) };
}

/** A failure in the real host's words: two blanks, and the details of a .NET exception. */
export function failure(activity: string, error: unknown): TaskOutcome {
  const message = masked(messageOf(error));
  const stack = masked((error instanceof Error ? error.stack : undefined) ?? message);
  const details = {
    $type: "System.Exception, System.Private.CoreLib",
    ClassName: "System.Exception",
    Message: ` ${message}`,
    Data: null,
    InnerException: {
      $type:
        "Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException, Microsoft.Azure.WebJobs.Script",
      IsUserException: false,
      RemoteStackTrace: stack,
      RemoteMessage: message,
      RemoteTypeName: null,
      Message: `Result: Failure\nException: ${message}\nStack: ${stack}`,
      InnerException: null,
    },
    StackTraceString: null,
    HResult: -2146233088,
  };
  return {
    ok: false,
    reason: `Activity function '${activity}' failed:  ${message}`,
    details: JSON.stringify(details),
  };
}

/** As the worker words what is thrown and is no Error. */
function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (error === undefined || error === null) return "Unknown error";
  return typeof error === "string" ? error : JSON.stringify(error);
}
