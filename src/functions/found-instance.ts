import type { Instance } from "../domain/instance.ts";
import type { Catalog } from "../domain/metadata.ts";
import type { InstanceRef } from "../domain/names.ts";
import { instanceKeyOf, noInstance } from "./ids.ts";

/** The instance that `{id}` of a route means, by id or name. */
export async function foundInstance(
  params: Readonly<Record<string, string>>,
  catalog: Pick<Catalog, "findInstance">,
): Promise<Instance> {
  const key = instanceKeyOf(params);
  const instance = await catalog.findInstance(key);
  if (instance === undefined) throw noInstance(key);
  return instance;
}

/** What the cluster knows the instance by. */
export function refOf({ id, namespace, name }: Instance): InstanceRef {
  return { instanceId: id, namespace, instanceName: name };
}
