import type { InstancePlan, SecretContents, SecretKind } from "../domain/cluster.ts";
import type { PostgresVersion } from "../domain/instance.ts";
import { objectNames, type InstanceRef } from "../domain/names.ts";
import { labelsOf, selectorOf } from "./labels.ts";
import { render, type Json, type Manifest, type Setting, type TemplateName } from "./templates.ts";

/** What the operator of the cluster decides about all instances. */
export interface ManifestOptions {
  /** Where images come from, such as `registry.example.com/mirror`; absent: the cluster's default registry. */
  readonly imageRegistry?: string | undefined;
  /** `sha256:…` by version: what pins an image. */
  readonly imageDigests?: Readonly<Record<string, string>> | undefined;
  /** Absent: the cluster's default class. */
  readonly storageClass?: string | undefined;
}

/** An instance, with its version where that is known: for the labels. */
export type LabelledRef = InstanceRef & { readonly postgresVersion?: PostgresVersion | undefined };

const DNS_LABEL = "service.beta.kubernetes.io/azure-dns-label-name";
const POD = ["spec", "template", "spec"] as const;
const CONTAINER = [...POD, "containers", 0] as const;

/** By the order of `volumes` in the template. */
const VOLUMES = { data: 0, bootstrap: 1, tls: 2, config: 3 } as const;

function imageOf(version: PostgresVersion, { imageRegistry, imageDigests }: ManifestOptions) {
  const registry = imageRegistry === undefined ? "" : `${imageRegistry}/`;
  const digest = imageDigests?.[version];
  return `${registry}postgres:${version}${digest === undefined ? "" : `@${digest}`}`;
}

function object(
  template: TemplateName,
  name: string,
  ref: LabelledRef,
  settings: readonly Setting[] = [],
): Manifest {
  return render(template, [
    [["metadata", "name"], name],
    [["metadata", "namespace"], ref.namespace],
    [["metadata", "labels"], labelsOf(ref, ref.postgresVersion)],
    ...settings,
  ]);
}

/** The two Services; first of all, since a load balancer's address takes longest. */
export function serviceManifests(plan: InstancePlan): readonly Manifest[] {
  const names = objectNames(plan);
  const selector: Setting = [["spec", "selector"], selectorOf(plan)];
  return [
    object("service", names.service, plan, [
      selector,
      ...(plan.useLoadBalancer ? loadBalancer(plan) : []),
    ]),
    object("headless-service", names.headlessService, plan, [selector]),
  ];
}

function loadBalancer({ allowedCidrs, dnsLabel }: InstancePlan): readonly Setting[] {
  const settings: Setting[] = [
    [["spec", "type"], "LoadBalancer"],
    // Keeps the client's own address, which the source ranges and the NetworkPolicy judge.
    [["spec", "externalTrafficPolicy"], "Local"],
  ];
  if (allowedCidrs.length > 0)
    settings.push([["spec", "loadBalancerSourceRanges"], [...allowedCidrs]]);
  if (dnsLabel !== undefined)
    settings.push([["metadata", "annotations"], { [DNS_LABEL]: dnsLabel }]);
  return settings;
}

/** All that is neither Service nor Secret, in the order in which it is applied. */
export function workloadManifests(
  plan: InstancePlan,
  options: ManifestOptions = {},
): readonly Manifest[] {
  const names = objectNames(plan);
  return [
    object("config", names.config, plan),
    claim(plan, options),
    object("network-policy", names.networkPolicy, plan, [
      [["spec", "podSelector", "matchLabels"], selectorOf(plan)],
      [["spec", "ingress", 0, "from"], sourcesOf(plan)],
    ]),
    statefulSet(plan, options),
  ];
}

function claim(plan: InstancePlan, { storageClass }: ManifestOptions): Manifest {
  return object("claim", objectNames(plan).claim, plan, [
    [["spec", "resources", "requests", "storage"], `${plan.storageSizeGb}Gi`],
    ...(storageClass === undefined ? [] : [[["spec", "storageClassName"], storageClass] as const]),
  ]);
}

/** Never an empty list, which would mean everybody. Without ranges: the cluster's own pods. */
function sourcesOf({ allowedCidrs }: InstancePlan): Json[] {
  if (allowedCidrs.length === 0) return [{ namespaceSelector: {} }];
  return allowedCidrs.map((cidr) => ({ ipBlock: { cidr } }));
}

function statefulSet(plan: InstancePlan, options: ManifestOptions): Manifest {
  const names = objectNames(plan);
  return object("stateful-set", names.statefulSet, plan, [
    [["spec", "serviceName"], names.headlessService],
    [["spec", "selector", "matchLabels"], selectorOf(plan)],
    [["spec", "template", "metadata", "labels"], labelsOf(plan, plan.postgresVersion)],
    [[...CONTAINER, "image"], imageOf(plan.postgresVersion, options)],
    [[...CONTAINER, "env", 1, "valueFrom", "secretKeyRef", "name"], names.bootstrapSecret],
    [[...POD, "volumes", VOLUMES.data, "persistentVolumeClaim", "claimName"], names.claim],
    [[...POD, "volumes", VOLUMES.bootstrap, "secret", "secretName"], names.bootstrapSecret],
    [[...POD, "volumes", VOLUMES.tls, "secret", "secretName"], names.certificateSecret],
    [[...POD, "volumes", VOLUMES.config, "configMap", "name"], names.config],
  ]);
}

/** Where each part of a Secret's contents is kept in its `data`. */
const KEYS: { readonly [K in SecretKind]: Readonly<Record<keyof SecretContents[K], string>> } = {
  bootstrap: { initSql: "init.sql", postgresPassword: "postgres-password" },
  certificate: { certificate: "tls.crt", key: "tls.key", ca: "ca.crt" },
  control: { caCertificate: "ca.crt", caKey: "ca.key", controlPassword: "password" },
};

export function secretName(kind: SecretKind, ref: InstanceRef): string {
  const names = objectNames(ref);
  const byKind: Record<SecretKind, string> = {
    bootstrap: names.bootstrapSecret,
    certificate: names.certificateSecret,
    control: names.controlSecret,
  };
  return byKind[kind];
}

export function secretManifest<K extends SecretKind>(
  kind: K,
  ref: LabelledRef,
  contents: SecretContents[K],
): Manifest {
  const settings = Object.entries(secretData(kind, contents)).map(([key, value]): Setting => [
    ["data", key],
    value,
  ]);
  return object(`${kind}-secret`, secretName(kind, ref), ref, settings);
}

/** A Secret's `data`: base64 by key. */
export function secretData<K extends SecretKind>(
  kind: K,
  contents: SecretContents[K],
): Record<string, string> {
  const texts = new Map<string, string>(Object.entries(contents));
  return Object.fromEntries(
    Object.entries<string>(KEYS[kind]).map(([part, key]) => [
      key,
      Buffer.from(texts.get(part) ?? "", "utf8").toString("base64"),
    ]),
  );
}

/** The contents of a Secret as it was read; undefined when a part is missing. */
export function secretContents<K extends SecretKind>(
  kind: K,
  data: Readonly<Record<string, string>> | undefined,
): SecretContents[K] | undefined {
  const contents: Record<string, string> = {};
  for (const [part, key] of Object.entries<string>(KEYS[kind])) {
    const value = data?.[key];
    if (value === undefined || value === "") return undefined;
    contents[part] = Buffer.from(value, "base64").toString("utf8");
  }
  return contents as SecretContents[K];
}
