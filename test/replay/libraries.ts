import { createTenants } from "../../examples/composition/library.ts";
import type { AnyOrchestration } from "../../src/durable/orchestration.ts";
import { toygres } from "../../src/library.ts";

/** What of an orchestration a replay needs: which one it is, and its code. */
export type Implementation = Pick<AnyOrchestration, "name" | "version" | "handler">;

/** A replay runs no activity, so that nothing of what they need is ever touched. */
const untouched = undefined as never;
const tenants = createTenants({ tenants: untouched, toygres: untouched, minimumMajor: 17 });

/** Every version of every orchestration whose histories are kept; a new library adds a line. */
export const orchestrations: readonly Implementation[] = [
  ...toygres.orchestrations,
  ...tenants.orchestrations,
];
