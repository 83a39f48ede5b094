import { readFileSync } from "node:fs";
import { afterwards } from "../../../src/domain/advice.ts";
import {
  addressAction,
  crashAction,
  imageAction,
  otherAction,
  schedulingAction,
  slowAction,
  volumeAction,
} from "../../../src/kubernetes/actions.ts";
import { answerAction, NO_ANSWER } from "../../../src/kubernetes/api-actions.ts";

const at = { namespace: "toygres", pod: "pg-orders-0", claim: "data-pg-orders-0", service: "pg" };
const AGAIN = "then send `DELETE /instances/{id}` and `POST /instances` again.";

describe("an advice to somebody whose create has been given up and cleaned up after", () => {
  it.each([
    ["Add a node.", `Add a node, ${AGAIN}`],
    [
      imageAction("toomanyrequests", at),
      `Wait for the registry's limit to pass, or let \`IMAGE_REGISTRY\` name a registry of your own, ${AGAIN}`,
    ],
    [
      imageAction("i/o timeout", at),
      `Check that the nodes reach the registry of \`IMAGE_REGISTRY\`, ${AGAIN}`,
    ],
    [volumeAction("Throttled", at), `Wait until Azure takes requests again, ${AGAIN}`],
    [
      answerAction(503, ""),
      `Look at the API server: \`kubectl get --raw '/readyz?verbose'\`, ${AGAIN}`,
    ],
    [
      answerAction(429, ""),
      `Spare the cluster's API, or on AKS move it to the Standard tier, ${AGAIN}`,
    ],
    [
      NO_ANSWER,
      `Check that the cluster runs and lets the control plane reach its API server, on AKS also its authorized IP ranges, ${AGAIN}`,
    ],
    [
      crashAction("OOMKilled", at),
      `Raise the memory limit in templates/stateful-set.yaml, or give the server less to do at a time, ${AGAIN}`,
    ],
  ])("of %j is what still helps", (advice, left) => {
    expect(afterwards(advice!)).toBe(left);
  });

  it.each([
    crashAction("FATAL: no", at),
    schedulingAction("unbound immediate PersistentVolumeClaims", at),
    schedulingAction("0/3 nodes are available", at),
    volumeAction("who knows", at),
    addressAction(undefined, at),
    addressAction("who knows", at),
    slowAction(at),
    otherAction(at),
  ])("of %j is nothing, as it speaks of objects that are no more", (advice) => {
    expect(advice).toMatch(/kubectl/);
    expect(afterwards(advice!)).toBeUndefined();
  });

  it.each(["src/kubernetes/aks/arm-errors.ts", "src/identity/errors.ts"])(
    "of any in %s names no further tries",
    (file) => {
      const text = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
      const advices = [...text.matchAll(/"(Wait[^"]*)"/g)].map(([, advice = ""]) => advice);
      expect(advices.length).toBeGreaterThan(0);
      const left = advices.map((advice) => afterwards(advice) ?? "");
      expect(left.filter((advice) => /tried again/.test(advice))).toEqual([]);
    },
  );

  it("says how to make the instance anew once only", () => {
    const advice = crashAction("No space left on device", at)!;
    expect(afterwards(advice)).toBe(advice);
  });
});
