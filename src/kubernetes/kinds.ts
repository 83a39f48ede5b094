/** The kinds that an instance consists of, and those that setting a cluster up needs. */
export const API_VERSIONS = {
  Service: "v1",
  Secret: "v1",
  ConfigMap: "v1",
  PersistentVolumeClaim: "v1",
  Pod: "v1",
  Event: "v1",
  Namespace: "v1",
  StatefulSet: "apps/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  StorageClass: "storage.k8s.io/v1",
} as const;
export type Kind = keyof typeof API_VERSIONS;
