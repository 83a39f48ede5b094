import { DomainError } from "../../domain/errors.ts";
import { usableStorageClass } from "../../kubernetes/setup.ts";
import { failureOf, ok, together, warning, type Check, type Outcome } from "../check.ts";

export const storage: Check = {
  name: "storage",
  about: "volumes are made by a class that frees them with their claim",
  needs: ["cluster"],
  async run({ config, client }) {
    try {
      return judgeStorageClass(await usableStorageClass(await client(), config.storageClass));
    } catch (error) {
      return judgeRefusal(error);
    }
  },
};

/** What may not be listed is not known; what is not fit is failed. */
function judgeRefusal(error: unknown): Outcome {
  const outcome = failureOf(error);
  const forbidden = error instanceof DomainError && error.message.startsWith("cannot list");
  if (forbidden && error.code === "cluster-refused") {
    return warning(
      `not known: ${error.message}`,
      "Run this once more as an admin of the cluster; the app itself never lists StorageClasses.",
    );
  }
  const fix =
    "Make a StorageClass whose reclaimPolicy is Delete, and mark it as the default or name it in `STORAGE_CLASS`.";
  return error instanceof DomainError && error.code === "cluster-refused"
    ? { ...outcome, fix }
    : outcome;
}

interface StorageClass {
  readonly metadata?: { readonly name?: string };
  readonly volumeBindingMode?: string;
  readonly allowVolumeExpansion?: boolean;
}

/** Of a class that frees its volumes, what else it does. */
export function judgeStorageClass(used: StorageClass): Outcome {
  const name = used.metadata?.name ?? "";
  return together([
    ok(`StorageClass "${name}", whose volumes go with their claim`),
    used.volumeBindingMode === "WaitForFirstConsumer"
      ? ok("made where the pod runs")
      : warning(
          `volumeBindingMode of "${name}" is Immediate: a volume is made before it is known where its pod will run, and with nodes in several zones the pod may never reach it`,
          "Use a class whose volumeBindingMode is WaitForFirstConsumer, unless all nodes are in one zone.",
        ),
    used.allowVolumeExpansion === true
      ? ok("they can be grown")
      : warning(
          `allowVolumeExpansion of "${name}" is not true: its volumes cannot be grown`,
          "Use a class whose allowVolumeExpansion is true: a full volume is otherwise replaced by hand.",
        ),
  ]);
}
