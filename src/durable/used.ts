import type { CanonicalName } from "./names.ts";

/** An activity or orchestration that another one calls or starts: it must be registered beside it. */
export interface Used {
  readonly name: CanonicalName;
  /** `file:line`; a contract that stands apart from its code has none. */
  readonly definedAt?: string;
}
