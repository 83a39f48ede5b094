export const TABLE =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
export const AGGREGATED =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
export const PROTOBUF = "application/vnd.kubernetes.protobuf,application/json";
export const PLAIN = "application/json, */*";
export const JSON_ONLY = "application/json";
const APPLY = "application/apply-patch+yaml";

export interface Sent {
  method: string;
  path: string;
  accept: string;
  type?: string;
  body?: string;
}

export const get = (path: string, accept: string): Sent => ({ method: "GET", path, accept });
export const apply = (path: string, body: string): Sent => ({
  method: "PATCH",
  path: `${path}?fieldManager=kubectl&fieldValidation=Ignore&force=false`,
  accept: JSON_ONLY,
  type: APPLY,
  body,
});
export const remove = (path: string, body: string): Sent => ({
  method: "DELETE",
  path,
  accept: JSON_ONLY,
  type: JSON_ONLY,
  body,
});

export const NAMESPACE = '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"t"}}\n';
export const SET =
  '{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"labels":{"app":"web"},"name":"web","namespace":"t"},"spec":{"selector":{"matchLabels":{"app":"web"}},"serviceName":"web","template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"image":"postgres:17","name":"pg"}]}}}}\n';
export const POD =
  '{"apiVersion":"v1","kind":"Pod","metadata":{"labels":{"app":"web"},"name":"p","namespace":"t"},"spec":{"containers":[{"image":"postgres:17","name":"a"}]}}\n';
export const CLAIM =
  '{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"c","namespace":"t"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}\n';
