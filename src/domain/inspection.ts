import type { InstancePlan, ObjectRef, Removal } from "./cluster.ts";
import type { JsonValue } from "./json.ts";
import type { InstanceRef } from "./names.ts";

/** An object whose label says of which instance it is. */
export interface LabelledObject extends ObjectRef {
  /** What its label says; whether there is such an instance, the metadata knows. */
  readonly instanceId: string;
  /** Another label says that somebody else manages it. */
  readonly claimed: boolean;
  readonly createdAt: string;
  /** Its deletion was asked for already. */
  readonly leaving: boolean;
}

/** Who wrote a field last, as far as the cluster knows. */
export interface Writer {
  readonly manager: string;
  readonly operation?: string;
  readonly at?: string;
}

/** A field that is not as we would apply it, or that we would not apply. */
export interface Difference {
  /** Such as `spec.replicas` or `metadata.labels["toygres.io/instance-id"]`. */
  readonly field: string;
  /**
   * `value`: somebody else gave it another one. `removed`: it is gone. `owner`: as it should be, and somebody else's by
   * now. `applied`: Toygres itself applied it so, or not at all, under an earlier release or configuration. `added`: we
   * apply no such field, and somebody else did.
   */
  readonly change: "value" | "removed" | "owner" | "applied" | "added";
  /** Both are left out where they are secret. */
  readonly expected?: JsonValue;
  readonly found?: JsonValue;
  /** Absent when nobody owns the field any more. */
  readonly by?: Writer;
}

export type ObjectStatus =
  | "unchanged"
  /** A field has another value than it should, or is gone. */
  | "changed"
  /** All is as it should be; a field belongs to somebody else by now. */
  | "taken-over"
  /** Toygres would apply it otherwise today. */
  | "outdated"
  | "missing"
  /** Its deletion was asked for, and something holds it. */
  | "leaving"
  /** An object of this name is there, and belongs to somebody else. */
  | "foreign";

export interface ComparedObject {
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
  readonly status: ObjectStatus;
  readonly differences: readonly Difference[];
  /** Who else has written to an object that changed: a removed field names nobody. */
  readonly writers?: readonly Writer[];
}

/** An object of an instance that should not be there. */
export interface Orphan extends ObjectRef {
  readonly createdAt?: string;
  /** By the label of its instance, or by its name only: then the label was taken off. */
  readonly foundBy: "label" | "name";
  /** Another label says that somebody else manages it. */
  readonly claimed: boolean;
  /** Its deletion was asked for already. */
  readonly leaving: boolean;
}

export interface Comparison {
  /** Each object that should be there. */
  readonly objects: readonly ComparedObject[];
  readonly orphans: readonly Orphan[];
}

/** The cluster as the watchdog and the report of drift see it. Every request has a time limit. */
export interface ClusterInspection {
  /** What in a namespace carries the label of an instance, whichever instance's it is, a page at a time. */
  labelled(namespace: string): AsyncIterable<readonly LabelledObject[]>;
  /** Removes those of these objects that carry the label of this instance and are unclaimed, for at most `waitMs`. */
  removeLabelled(
    target: Pick<InstanceRef, "instanceId" | "namespace"> & { readonly uids: ReadonlySet<string> },
    waitMs: number,
  ): Promise<Removal>;
  /** What is there of a running instance against what would be applied for it now. Changes nothing. */
  compare(plan: InstancePlan): Promise<Comparison>;
  /** What is there of an instance of which nothing should be. */
  leftovers(ref: InstanceRef): Promise<readonly Orphan[]>;
}
