import {
  anything,
  labelSelector,
  list,
  map,
  object,
  oneOf,
  quantity,
  strings,
  text,
  time,
} from "./schema.ts";
import { conditions } from "./pod.ts";

export const claimSpec = object(
  {
    accessModes: {
      type: "list",
      items: oneOf(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]),
    },
    resources: object({ requests: map(quantity), limits: map(quantity) }),
    storageClassName: text(),
    volumeMode: oneOf(["Filesystem"], "Filesystem"),
    volumeName: text(),
    selector: labelSelector,
  },
  ["accessModes", "resources"],
);

export const claim = object(
  {
    spec: claimSpec,
    status: object({
      phase: text(),
      accessModes: list(text()),
      capacity: map(quantity),
      conditions,
    }),
  },
  ["spec"],
);

export const volume = object(
  {
    spec: object(
      {
        accessModes: strings,
        capacity: map(quantity),
        claimRef: object(
          {
            apiVersion: text(),
            kind: text(),
            namespace: text(),
            name: text(),
            uid: text(),
            resourceVersion: text(),
          },
          [],
          { atomic: true },
        ),
        hostPath: object({ path: text(), type: text() }, ["path"]),
        local: object({ path: text(), fsType: text() }, ["path"]),
        nodeAffinity: anything,
        persistentVolumeReclaimPolicy: oneOf(["Delete", "Retain"], "Retain"),
        storageClassName: text(),
        volumeMode: oneOf(["Filesystem"], "Filesystem"),
      },
      ["accessModes", "capacity"],
    ),
    status: object({
      phase: text(),
      message: text(),
      reason: text(),
      lastPhaseTransitionTime: time,
    }),
  },
  ["spec"],
);
