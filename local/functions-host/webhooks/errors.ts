import type { TaskHubError } from "../engine/task-hub.ts";
import { empty, json, type Answer } from "../http/answer.ts";

/** The shape in which the extension reports an exception; ours carries no stack. */
export function exception(status: number, message: string, text: string, type: string): Answer {
  return json(status, {
    Message: message,
    ExceptionMessage: text,
    ExceptionType: type,
    StackTrace: "",
  });
}

export function invalidJson(text: string): Answer {
  return exception(400, "Invalid JSON content", text, "Newtonsoft.Json.JsonReaderException");
}

/** Exhaustive over the refusals of the task hub, each in the real host's words and shape. */
export function refused(error: TaskHubError): Answer {
  switch (error.code) {
    case "InstanceNotFound":
    case "InstanceFinished":
      return empty(error.status);
    case "InstanceNotFinished":
      return json(412, error.message);
    case "InstanceExists":
      return json(409, { Message: error.message });
    case "InvalidRequest":
      return exception(
        400,
        "One or more of the arguments submitted is incorrect",
        error.message,
        "System.ArgumentException",
      );
    case "WrongState":
      return exception(
        500,
        "Something went wrong while processing your request",
        error.message,
        "System.InvalidOperationException",
      );
  }
}
