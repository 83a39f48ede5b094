import type { Duplex } from "node:stream";
import type { InstanceRef } from "./names.ts";
import type { PostgresVersion } from "./instance.ts";

/**
 * Called before each single side effect: rejects with `overtaken` or `canceled` when the instance is
 * no longer wanted, so that a late step cannot resurrect what was given up.
 */
export type Fence = () => Promise<void>;

/** What the cluster is to run for an instance; no secret is in it. */
export interface InstancePlan extends InstanceRef {
  readonly postgresVersion: PostgresVersion;
  readonly storageSizeGb: number;
  readonly useLoadBalancer: boolean;
  readonly dnsLabel?: string | undefined;
  /** Source ranges, the control plane's own already added. */
  readonly allowedCidrs: readonly string[];
}

/** The three Secrets of an instance and what each holds (PEM and plain text; encoded by the adapter). */
export interface SecretContents {
  /** Mounted into the pod for its first start: roles with SCRAM verifiers, and the superuser's password. */
  readonly bootstrap: { readonly initSql: string; readonly postgresPassword: string };
  /** Mounted; the only Secret that is ever rewritten. */
  readonly certificate: { readonly certificate: string; readonly key: string; readonly ca: string };
  /** Mounted nowhere: the instance's CA and the password of the control role. */
  readonly control: {
    readonly caCertificate: string;
    readonly caKey: string;
    readonly controlPassword: string;
  };
}
export type SecretKind = keyof SecretContents;

export interface ObjectRef {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** An object and how it was found: by name only where its label was taken off. */
export interface ListedObject extends ObjectRef {
  readonly foundBy: "label" | "name";
}

/** Called with what is about to be deleted, before any of it is; each object once. */
export type BeforeRemoval = (objects: readonly ObjectRef[]) => Promise<void>;

export interface Readiness {
  readonly ready: boolean;
  /** The pod's phase, or `Missing`. */
  readonly podPhase: string;
  /** Why it is not ready, in the cluster's own words, at most 300 characters. */
  readonly waitingFor?: string;
  /** The one thing to do about it, in at most 300 characters; absent while nothing is wrong. */
  readonly action?: string;
  /** It can never start as it is (image cannot be pulled, invalid spec). */
  readonly hopeless: boolean;
  readonly restarts: number;
}

export interface PodAddress {
  readonly namespace: string;
  readonly name: string;
}

export interface Endpoint {
  /** In-cluster address of the Service that users connect to. */
  readonly clusterIp?: string;
  /** The load balancer's address, once it has one. */
  readonly externalIp?: string;
  readonly waitingFor?: string;
  /** The one thing to do about it, in at most 300 characters. */
  readonly action?: string;
}

export interface Removal {
  readonly removed: readonly ObjectRef[];
  /** What still exists when the time is up; call again, deletion goes on where it was. */
  readonly remaining: readonly ObjectRef[];
}

/** The Kubernetes cluster as the activities see it. Every call has a time limit; all are idempotent. */
export interface Cluster {
  /** Server-side applies the two Services, or all that is neither Service nor Secret. `created`: at least one object was new. */
  apply(
    part: "services" | "workload",
    plan: InstancePlan,
    fence: Fence,
  ): Promise<{ readonly created: boolean }>;
  /** Create-once: an existing Secret of this instance is read back and used, whatever `make` would give. */
  ensureSecret<K extends SecretKind>(
    kind: K,
    /** A plan is one; its version becomes a label. */
    ref: InstanceRef & { readonly postgresVersion?: PostgresVersion | undefined },
    make: () => Promise<SecretContents[K]>,
    fence: Fence,
  ): Promise<{ readonly created: boolean; readonly contents: SecretContents[K] }>;
  readSecret<K extends SecretKind>(
    kind: K,
    ref: InstanceRef,
  ): Promise<SecretContents[K] | undefined>;
  replaceCertificate(
    ref: InstanceRef,
    contents: SecretContents["certificate"],
    fence: Fence,
  ): Promise<void>;
  /** Watches the pod until it is ready or hopeless, for at most `waitMs` (≤ 20 s). */
  readiness(ref: InstanceRef, waitMs: number): Promise<Readiness>;
  /** Watches the Service until it has the address that is asked for, for at most `waitMs` (≤ 20 s). */
  endpoint(ref: InstanceRef, wanted: "external" | "internal", waitMs: number): Promise<Endpoint>;
  /** Everything of the instance, found by label and by name; objects of our names that are another's are left out. */
  list(ref: InstanceRef): Promise<readonly ListedObject[]>;
  /** Services → StatefulSet → (pod gone) → claim → the rest, with uid preconditions, for at most `waitMs`. */
  remove(ref: InstanceRef, waitMs: number, before?: BeforeRemoval): Promise<Removal>;
  /** The Azure region: what AKS says of itself, else the configuration; undefined where there are no DNS names. */
  region(): Promise<string | undefined>;
  /** A connection to a port of a pod, through the API server; opened within the time of a request. */
  forward(pod: PodAddress, port: number): Promise<Duplex>;
  /** Resolves when the API answers; rejects with `cluster-unavailable`. */
  ping(): Promise<void>;
}
