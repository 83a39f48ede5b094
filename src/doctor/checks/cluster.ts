import { z } from "zod";
import { clusterError } from "../../kubernetes/errors.ts";
import { failed, ok, together, warning, type Check, type Outcome } from "../check.ts";
import { judgeClock } from "../clock.ts";
import { ask, askFor } from "../cluster-api.ts";

const OLDEST = [1, 29] as const;

const Version = z.object({ major: z.string(), minor: z.string(), gitVersion: z.string() });

export const cluster: Check = {
  name: "cluster",
  about: "the cluster answers, takes our credentials, and is new enough",
  needs: ["configuration", "aks"],
  async run({ client, session }, signal) {
    // With the app's own client, which asks Azure why when nothing answers.
    await (await client()).ping();
    const opened = await session();
    const before = Date.now();
    const { body, date } = await askFor(opened, "/version", { signal });
    const ours = new Date((before + Date.now()) / 2);
    // Anybody may ask for the version; this only those whom the cluster knows.
    const { status, body: words } = await ask(opened, "/api", { signal });
    if (status === 401) throw clusterError({ code: 401, body: words }, { what: "sign in" });
    return together([
      judgeVersion(body),
      ...(date === undefined ? [] : [judgeClock("the cluster", date, ours)]),
    ]);
  },
};

/** Of the answer to `/version`; a minor version may have a plus sign. */
export function judgeVersion(answer: unknown): Outcome {
  const version = Version.safeParse(answer).data;
  if (version === undefined)
    return failed(
      "what answers is no API server of Kubernetes",
      "Correct the cluster's address in the kubeconfig.",
    );
  const { major, minor, gitVersion } = version;
  const [oldestMajor, oldestMinor] = OLDEST;
  const isNewEnough =
    Number.parseInt(major) > oldestMajor ||
    (Number.parseInt(major) === oldestMajor && Number.parseInt(minor) >= oldestMinor);
  if (isNewEnough) return ok(`Kubernetes ${gitVersion}`);
  return warning(
    `Kubernetes ${gitVersion} is older than ${OLDEST.join(".")}, the oldest that Toygres is made for`,
    "Upgrade the cluster.",
  );
}
