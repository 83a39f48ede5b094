import { DomainError } from "../../domain/errors.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import { render } from "../../kubernetes/templates.ts";
import { failed, ok, together, warning, type Check, type Outcome } from "../check.ts";

const SETUP = "Run `npm run setup:cluster` as an admin of the cluster.";

export const namespaces: Check = {
  name: "namespaces",
  about: "the namespaces are there, with the Pod Security labels",
  needs: ["cluster"],
  async run({ config, client }) {
    const opened = await client();
    return together(await Promise.all(config.namespaces.map((name) => look(opened, name))));
  },
};

async function look(client: KubernetesClient, name: string): Promise<Outcome> {
  try {
    const found = await client.get({ kind: "Namespace", namespace: "", name });
    return judgeNamespace(name, found?.metadata);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "cluster-refused") throw error;
    return warning(
      `not known of namespace "${name}": ${error.message}`,
      "Run this once more as an admin of the cluster, or give the identity the right to read its namespace.",
    );
  }
}

interface Metadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: Date | undefined;
}

/** Against what the template says; other labels are not our business. */
export function judgeNamespace(name: string, metadata: Metadata | undefined): Outcome {
  if (metadata === undefined) return failed(`namespace "${name}" does not exist`, SETUP);
  if (metadata.deletionTimestamp !== undefined) {
    return failed(
      `namespace "${name}" is being deleted`,
      "Wait until it is gone, then run `npm run setup:cluster`.",
    );
  }
  const { labels: wanted } = render("namespace", []).metadata;
  const wrong = Object.entries(wanted).filter(
    ([label, value]) => label.startsWith("pod-security.") && metadata.labels?.[label] !== value,
  );
  if (wrong.length === 0) return ok(`"${name}" with Pod Security "restricted"`);
  const labels = wrong.map(([label, value]) => `${label}=${value}`).join(", ");
  return failed(`namespace "${name}" lacks ${labels}`, SETUP);
}
