import type { IncomingMessage, ServerResponse } from "node:http";
import { answerJson } from "../api/answer.ts";
import { parseBody, readBody } from "../api/body.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { FaultBoard } from "./board.ts";
import { readRequest } from "./request.ts";

/** Outside of all paths that Kubernetes has. */
export const FAULTS_PATH = "/local/faults";

/** GET lists the faults that are not over, POST asks for one, DELETE ends all, or the one whose id follows. */
export async function answerFaults(
  board: FaultBoard,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const id = path.slice(FAULTS_PATH.length + 1);
  if (request.method === "DELETE") {
    if (id === "") answerJson(response, 200, { ended: board.clear() });
    else if (board.remove(id)) answerJson(response, 200, { ended: 1 });
    else throw new ApiStatusError("NotFound", `no fault has the id "${id}": it is over, perhaps`);
  } else if (id === "" && request.method === "GET") {
    answerJson(response, 200, { items: board.list() });
  } else if (id === "" && request.method === "POST") {
    const wanted = readRequest(parseBody(await readBody(request), "application/json"));
    answerJson(response, 201, { fault: board.add(wanted) ?? null });
  } else {
    throw new ApiStatusError(
      "MethodNotAllowed",
      `${FAULTS_PATH} takes GET, POST and DELETE, with an id DELETE only`,
    );
  }
}
