import type { CoreV1Event, KubernetesObject, V1Pod, V1Service } from "@kubernetes/client-node";
import type { Endpoint, Readiness } from "../domain/cluster.ts";
import { objectNames, type InstanceRef } from "../domain/names.ts";
import { addressAction, type Place } from "./actions.ts";
import type { KubernetesClient } from "./client.ts";
import { shorten } from "./errors.ts";
import type { Kind } from "./kinds.ts";
import { selectorText } from "./labels.ts";
import { isOf } from "./ownership.ts";
import { assess, warningsOf } from "./pod-state.ts";
import { nextChange } from "./watch.ts";
import { inBrief } from "./words.ts";

/** An activity never blocks for longer. */
const LONGEST_SLICE_MS = 20_000;

/** Events are no part of the watch, so look again now and then: they explain what the object itself does not say. */
const LOOK_AGAIN_MS = 5_000;

interface Look<T> {
  readonly state: T;
  readonly done: boolean;
  readonly resourceVersion: string;
}

/** Looks, and waits for a change that might matter, until done or the slice is over. */
async function until<T>(
  waitMs: number,
  look: () => Promise<Look<T>>,
  wait: (from: string, waitMs: number) => Promise<unknown>,
): Promise<T> {
  const deadline = performance.now() + Math.min(waitMs, LONGEST_SLICE_MS);
  for (;;) {
    const { state, done, resourceVersion } = await look();
    const left = deadline - performance.now();
    if (done || left <= 0) return state;
    await wait(resourceVersion, Math.min(left, LOOK_AGAIN_MS));
  }
}

/** Of the kind, too: an instance's StatefulSet and its Service have the same name. */
async function warningsAbout(
  client: KubernetesClient,
  ref: InstanceRef,
  { kind, name, uid }: { readonly kind: Kind; readonly name: string; readonly uid?: string },
) {
  const { items } = await client.list<CoreV1Event>("Event", ref.namespace, {
    fields: `involvedObject.kind=${kind},involvedObject.name=${name}`,
  });
  return warningsOf(items, uid);
}

function uidOf(object: KubernetesObject | undefined): { readonly uid?: string } {
  const uid = object?.metadata?.uid;
  return uid === undefined ? {} : { uid };
}

function placeOf(ref: InstanceRef): Place {
  const { pod, claim, service } = objectNames(ref);
  return { namespace: ref.namespace, pod, claim, service };
}

export async function readiness(
  client: KubernetesClient,
  ref: InstanceRef,
  waitMs: number,
): Promise<Readiness> {
  const names = objectNames(ref);
  const at = placeOf(ref);
  const selection = { labels: selectorText(ref) };
  let last = "";
  const look = async (): Promise<Look<Readiness>> => {
    const { items, resourceVersion } = await client.list<V1Pod>("Pod", ref.namespace, selection);
    const pod = items.find(({ metadata }) => metadata?.name === names.pod);
    const first = assess(at, pod, []);
    const state = first.ready ? first : await explained(client, ref, pod);
    last = JSON.stringify(first);
    return { state, done: state.ready || state.hopeless, resourceVersion };
  };
  return until(waitMs, look, (from, ms) =>
    nextChange<V1Pod>(client, "Pod", ref.namespace, selection, from, ms, (pod) => {
      if (pod !== undefined && pod.metadata?.name !== names.pod) return false;
      return JSON.stringify(assess(at, pod, [])) !== last;
    }),
  );
}

/** With what the cluster's events say of the pod, and of what it waits for. */
async function explained(
  client: KubernetesClient,
  ref: InstanceRef,
  pod: V1Pod | undefined,
): Promise<Readiness> {
  const names = objectNames(ref);
  const about =
    pod === undefined
      ? ({ kind: "StatefulSet", name: names.statefulSet } as const)
      : ({ kind: "Pod", name: names.pod, ...uidOf(pod) } as const);
  const claim = { kind: "PersistentVolumeClaim", name: names.claim } as const;
  const hasNode = (pod?.spec?.nodeName ?? "") !== "";
  const [warnings, ofClaim] = await Promise.all([
    warningsAbout(client, ref, about),
    pod === undefined || hasNode ? [] : warningsAbout(client, ref, claim),
  ]);
  return assess(placeOf(ref), pod, warnings, ofClaim);
}

export async function endpoint(
  client: KubernetesClient,
  ref: InstanceRef,
  wanted: "external" | "internal",
  waitMs: number,
): Promise<Endpoint> {
  const { service: name } = objectNames(ref);
  const selection = { labels: selectorText(ref) };
  const look = async (): Promise<Look<Endpoint>> => {
    const { items, resourceVersion } = await client.list<V1Service>(
      "Service",
      ref.namespace,
      selection,
    );
    const service = items.find((item) => item.metadata?.name === name && isOf(ref, item));
    const found = addressesOf(service);
    if (hasAddress(found, wanted)) return { state: found, done: true, resourceVersion };
    const about = { kind: "Service", name, ...uidOf(service) } as const;
    const last = (await warningsAbout(client, ref, about)).at(-1);
    const words = last && inBrief(last.message);
    const waitingFor = shorten(`${whatLacks(service, wanted)}${words ? `: ${words}` : ""}`);
    const isPending = wanted === "external" && service?.spec?.type === "LoadBalancer";
    const action = isPending && addressAction(last?.message, placeOf(ref));
    const state = { ...found, waitingFor, ...(action && { action: shorten(action) }) };
    return { state, done: false, resourceVersion };
  };
  return until(waitMs, look, (from, ms) =>
    nextChange<V1Service>(client, "Service", ref.namespace, selection, from, ms, (service) => {
      if (service?.metadata?.name !== name) return false;
      return hasAddress(addressesOf(service), wanted);
    }),
  );
}

function addressesOf(service: V1Service | undefined): Endpoint {
  const clusterIp = service?.spec?.clusterIP;
  const externalIp = service?.status?.loadBalancer?.ingress?.find(({ ip }) => ip !== undefined)?.ip;
  return {
    ...(clusterIp !== undefined && clusterIp !== "" && clusterIp !== "None" && { clusterIp }),
    ...(externalIp !== undefined && { externalIp }),
  };
}

function hasAddress(found: Endpoint, wanted: "external" | "internal"): boolean {
  return (wanted === "external" ? found.externalIp : found.clusterIp) !== undefined;
}

function whatLacks(service: V1Service | undefined, wanted: "external" | "internal"): string {
  if (service === undefined) return "the Service does not exist";
  if (wanted === "internal") return "the Service has no cluster address yet";
  return service.spec?.type === "LoadBalancer"
    ? "load balancer has no address yet"
    : "the Service is no load balancer and gets no external address";
}
