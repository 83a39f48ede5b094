import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { stringify } from "yaml";

export interface Access {
  server: string;
  ca: string | undefined;
  token: string | undefined;
}

/** Writes the file that kubectl and Toygres reach the cluster with; it may hold a token, so its owner alone reads it. */
export function writeKubeconfig(path: string, { server, ca, token }: Access): void {
  const name = "toygres-local";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: {
          server,
          ...(ca === undefined
            ? // client-node refuses plain HTTP without it.
              { "insecure-skip-tls-verify": true }
            : { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
        },
      },
    ],
    users: [{ name, user: token === undefined ? {} : { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}.new`;
  writeFileSync(next, stringify(config), { mode: 0o600 });
  renameSync(next, path);
}
