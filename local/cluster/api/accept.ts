import type { IncomingMessage } from "node:http";
import { ApiStatusError } from "../store/status-error.ts";

/** The forms that an object is answered in. */
export type Accepted = "object" | "table";

/** The first of what the client accepts that is known here. */
export function acceptOf(request: IncomingMessage): Accepted {
  const wanted = (request.headers.accept ?? "*/*")
    .split(",")
    .map((part) => part.split(";").map((piece) => piece.trim()));
  for (const [type = "", ...parameters] of wanted) {
    if (!["application/json", "application/*", "*/*"].includes(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith("as="));
    if (as === undefined) return "object";
    if (as === "as=Table" && parameters.includes("v=v1")) return "table";
  }
  // Streams of text are asked for as such, and refusals of them are JSON all the same.
  if (wanted.some(([type = ""]) => type.startsWith("text/"))) return "object";
  throw new ApiStatusError(
    "NotAcceptable",
    "only the following media types are accepted: application/json, application/json;as=Table;v=v1;g=meta.k8s.io",
  );
}
