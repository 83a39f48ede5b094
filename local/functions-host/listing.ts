import type { AppFunction } from "./worker/functions.ts";

/** The list that `func start` prints: HTTP functions first, each line indented by a tab. */
export function listFunctions(
  functions: readonly AppFunction[],
  url: string,
  routePrefix: string,
): readonly string[] {
  const http = functions.flatMap((fn) => {
    if (fn.kind !== "http") return [];
    const path = [routePrefix, fn.route].filter((part) => part !== "").join("/");
    return [`\t${fn.name}: [${fn.methods.join(",")}] ${url}/${path}`];
  });
  const others = functions.flatMap((fn) =>
    fn.kind === "http" ? [] : [`\t${fn.name}: ${TYPES[fn.kind]}`],
  );
  return ["Functions:", ...http, ...others];
}

const TYPES = {
  timer: "timerTrigger",
  orchestrator: "orchestrationTrigger",
  activity: "activityTrigger",
} as const;
