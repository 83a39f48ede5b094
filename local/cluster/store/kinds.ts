/** What the API must know of a kind to route, print and store it. */
export interface Kind {
  kind: string;
  plural: string;
  singular: string;
  shortNames: string[];
  group: string;
  version: string;
  namespaced: boolean;
  /** Served at `/status` too; the main endpoint then leaves status alone. */
  status: boolean;
  /** metadata.generation counts changes of the spec. */
  generation: boolean;
  categories?: string[];
}

const kind = (
  name: string,
  plural: string,
  shortNames: string[],
  options: Partial<Kind> & {
    at?:
      | "v1"
      | "apps/v1"
      | "networking.k8s.io/v1"
      | "storage.k8s.io/v1"
      | "rbac.authorization.k8s.io/v1";
  } = {},
): Kind => {
  const { at = "v1", ...rest } = options;
  const [group, version] = at.includes("/") ? at.split("/") : ["", at];
  return {
    kind: name,
    plural,
    singular: name.toLowerCase(),
    shortNames,
    group: group ?? "",
    version: version ?? "v1",
    namespaced: true,
    status: false,
    generation: false,
    ...rest,
  };
};

/** Every kind that this cluster serves; all else is refused. */
export const KINDS: readonly Kind[] = [
  kind("Namespace", "namespaces", ["ns"], { namespaced: false, status: true }),
  kind("Node", "nodes", ["no"], { namespaced: false, status: true }),
  kind("Event", "events", ["ev"]),
  kind("Secret", "secrets", []),
  kind("ConfigMap", "configmaps", ["cm"]),
  kind("ServiceAccount", "serviceaccounts", ["sa"]),
  kind("PersistentVolumeClaim", "persistentvolumeclaims", ["pvc"], { status: true }),
  kind("PersistentVolume", "persistentvolumes", ["pv"], { namespaced: false, status: true }),
  kind("Pod", "pods", ["po"], { status: true, categories: ["all"] }),
  kind("Service", "services", ["svc"], { status: true, categories: ["all"] }),
  kind("StatefulSet", "statefulsets", ["sts"], {
    at: "apps/v1",
    status: true,
    generation: true,
    categories: ["all"],
  }),
  kind("NetworkPolicy", "networkpolicies", ["netpol"], {
    at: "networking.k8s.io/v1",
    generation: true,
  }),
  kind("StorageClass", "storageclasses", ["sc"], { at: "storage.k8s.io/v1", namespaced: false }),
  kind("Role", "roles", [], { at: "rbac.authorization.k8s.io/v1" }),
  kind("RoleBinding", "rolebindings", [], { at: "rbac.authorization.k8s.io/v1" }),
];

const byName = new Map(KINDS.map((k) => [k.kind, k]));

export const kindNamed = (name: string): Kind | undefined => byName.get(name);

/** "v1", "apps/v1" */
export const apiVersionOf = (k: Kind): string =>
  k.group === "" ? k.version : `${k.group}/${k.version}`;

/** "pods", "statefulsets.apps": how the real API names a kind in its refusals. */
export const resourceOf = (k: Kind): string =>
  k.group === "" ? k.plural : `${k.plural}.${k.group}`;
