import { join, normalize } from "node:path";
import type { PodSpec, Volume } from "./pod-spec.ts";

/** Where a pod lies on this machine, and which of its paths is which of ours. */
export class PodFolder {
  readonly path: string;
  private readonly spec: PodSpec;
  private readonly claimPath: (claimName: string) => string;

  constructor(path: string, spec: PodSpec, claimPath: (claimName: string) => string) {
    this.path = path;
    this.spec = spec;
    this.claimPath = claimPath;
  }

  /** What the container has of its own, gone with the pod. */
  get root(): string {
    return join(this.path, "root");
  }

  get logFile(): string {
    return join(this.path, "container.log");
  }

  get processFile(): string {
    return join(this.path, "process.json");
  }

  volume({ name, persistentVolumeClaim }: Volume): string {
    if (persistentVolumeClaim !== undefined) return this.claimPath(persistentVolumeClaim.claimName);
    return join(this.path, "volumes", name);
  }

  /** The path of this machine that a path in the container means: the deepest mount wins. */
  hostPath(containerPath: string): string {
    const path = normalize(containerPath);
    const mounts = [...this.spec.containers[0].volumeMounts].sort(
      (a, b) => b.mountPath.length - a.mountPath.length,
    );
    for (const { name, mountPath, subPath } of mounts) {
      const base = normalize(mountPath).replace(/\/$/, "");
      const volume = this.spec.volumes.find((it) => it.name === name);
      if (volume !== undefined && (path === base || path.startsWith(`${base}/`))) {
        return join(this.volume(volume), subPath, path.slice(base.length));
      }
    }
    return join(this.root, path);
  }
}
