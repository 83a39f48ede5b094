import type { KubernetesObject } from "../store/object.ts";
import type { ObjectStore } from "../store/store.ts";
import type { Container } from "./pod-spec.ts";
import { StartRefusal } from "./runtime.ts";

interface Reference {
  readonly name: string;
  readonly optional: boolean;
}

const refuse = (message: string): never => {
  throw new StartRefusal("CreateContainerConfigError", message);
};

function contentsOf(object: KubernetesObject): Map<string, string> {
  const entries = Object.entries(object.data ?? {});
  if (object.kind !== "Secret") return new Map(entries);
  return new Map(
    entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** The container's environment, from values, Secrets, ConfigMaps and the pod itself. */
export function environmentOf(
  store: ObjectStore,
  pod: KubernetesObject,
  container: Container,
  address: string,
): Map<string, string> {
  const { namespace } = pod.metadata;
  const read = (
    kind: "Secret" | "ConfigMap",
    { name, optional }: Reference,
  ): Map<string, string> => {
    const object = store.get({ kind, namespace, name });
    if (object !== undefined) return contentsOf(object);
    return optional
      ? new Map<string, string>()
      : refuse(`${kind.toLowerCase()} "${name}" not found`);
  };
  const one = (
    kind: "Secret" | "ConfigMap",
    reference: Reference & { key: string },
  ): string | undefined => {
    const value = read(kind, reference).get(reference.key);
    if (value !== undefined || reference.optional) return value;
    return refuse(
      `couldn't find key ${reference.key} in ${kind} ${namespace ?? ""}/${reference.name}`,
    );
  };
  const environment = new Map<string, string>();
  for (const { prefix, secretRef, configMapRef } of container.envFrom) {
    const entries = [
      ...(secretRef === undefined ? [] : read("Secret", secretRef)),
      ...(configMapRef === undefined ? [] : read("ConfigMap", configMapRef)),
    ];
    for (const [key, value] of entries) environment.set(prefix + key, value);
  }
  const referred = (
    from: NonNullable<Container["env"][number]["valueFrom"]>,
  ): string | undefined => {
    if (from.secretKeyRef !== undefined) return one("Secret", from.secretKeyRef);
    if (from.configMapKeyRef !== undefined) return one("ConfigMap", from.configMapKeyRef);
    return from.fieldRef === undefined ? undefined : fieldOf(pod, from.fieldRef.fieldPath, address);
  };
  for (const { name, value, valueFrom } of container.env) {
    const found = valueFrom === undefined ? (value ?? "") : referred(valueFrom);
    if (found !== undefined) environment.set(name, found);
  }
  return environment;
}

function fieldOf(pod: KubernetesObject, path: string, address: string): string {
  const fields: Record<string, string> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace ?? "",
    "metadata.uid": pod.metadata.uid,
    "status.podIP": address,
    "spec.nodeName": "local",
  };
  return (
    fields[path] ??
    refuse(`this local cluster knows no field "${path}" for an environment variable`)
  );
}
