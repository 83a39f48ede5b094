import type { ComparedObject, Comparison } from "../../src/domain/inspection.ts";
import { setUpNamespace } from "../../src/kubernetes/setup.ts";
import { byHand } from "./by-hand.ts";
import { startLocalCluster, type LocalCluster } from "./local-cluster.ts";

interface Stage {
  readonly local: LocalCluster;
  readonly hand: ReturnType<typeof byHand>;
}

/** For the tests of a file: a local cluster, and somebody who changes things on it by hand. */
export function comparing(): Stage {
  let stage: Stage | undefined;
  const there = (): Stage => {
    if (stage === undefined) throw new Error("the cluster is there within tests only");
    return stage;
  };
  beforeAll(async () => {
    const local = await startLocalCluster();
    await setUpNamespace({ kubeconfig: local.kubeconfig, namespace: "toygres" });
    stage = { local, hand: byHand(local.kubeconfig, "kubectl-edit") };
  });
  afterEach(() => {
    stage?.local.server.faults.clear();
  });
  afterAll(() => stage?.local.stop());
  return {
    get local() {
      return there().local;
    },
    get hand() {
      return there().hand;
    },
  };
}

/** The objects that are not as they should be. */
export const different = ({ objects }: Comparison): readonly ComparedObject[] =>
  objects.filter(({ status }) => status !== "unchanged");

/** As whom the hand is seen. */
export const EDITOR = {
  manager: "kubectl-edit",
  operation: "Update",
  at: expect.any(String) as string,
};
