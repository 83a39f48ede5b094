import { KubeConfig, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";

export interface Target {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Changes a cluster as somebody with kubectl would: as a field manager of their own, and never through our client. */
export function byHand(kubeconfig: string, manager: string) {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = KubernetesObjectApi.makeApiClient(config);
  const headOf = ({ apiVersion, kind, name, namespace = "toygres" }: Target) => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
  });
  return {
    /** A merge patch, as of `kubectl patch --type merge`, `kubectl scale` or `kubectl label`. */
    async patch(target: Target, change: Readonly<Record<string, unknown>>): Promise<void> {
      const head = headOf(target);
      const metadata = { ...head.metadata, ...(change["metadata"] as object | undefined) };
      await api.patch(
        { ...head, ...change, metadata },
        undefined,
        undefined,
        manager,
        undefined,
        PatchStrategy.MergePatch,
      );
    },
    async delete(target: Target): Promise<void> {
      await api.delete(headOf(target));
    },
    async create(object: Readonly<Record<string, unknown>>): Promise<void> {
      await api.create(object as never, undefined, undefined, manager);
    },
  };
}
