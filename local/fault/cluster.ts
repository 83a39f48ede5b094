import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { parse } from "yaml";
import { z } from "zod";
import { recordedProcess } from "../processes/record.ts";
import { Refusal } from "../processes/refusal.ts";
import { foldersOf, recordOf } from "../up/folders.ts";
import { runningOn } from "../up/lock.ts";

const TIMEOUT_MS = 10_000;

/** The local cluster's own door for faults. */
export interface FaultDoor {
  /** The answer's JSON; a refusal is thrown in the cluster's words. */
  call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown>;
}

const Kubeconfig = z.object({
  clusters: z.tuple([
    z.object({
      cluster: z.object({ server: z.string(), "certificate-authority-data": z.string() }),
    }),
  ]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

/** Finds the cluster of the environment that runs on this data folder. */
export async function openDoor(data: string): Promise<FaultDoor> {
  if ((await runningOn(data)) === undefined) {
    throw new Refusal(
      `no local environment runs on "${data}": start one with npm start, or give its folder with --data`,
    );
  }
  if ((await recordedProcess(recordOf(data, "cluster"))) === null) {
    throw new Refusal(
      `the environment on "${data}" has no local cluster now: faults can be asked of that one only`,
    );
  }
  const config = Kubeconfig.parse(parse(await readFile(foldersOf(data).kubeconfig, "utf8")));
  const { server, "certificate-authority-data": ca } = config.clusters[0].cluster;
  const access = {
    ca: Buffer.from(ca, "base64").toString("utf8"),
    token: config.users[0].user.token,
  };
  return { call: (method, path, body) => call(new URL(path, server), access, method, body) };
}

const Answer = z.object({ message: z.string() });

function call(
  url: URL,
  { ca, token }: { readonly ca: string; readonly token: string },
  method: string,
  body: unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const sent = request(url, { method, ca, headers, timeout: TIMEOUT_MS }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const answer: unknown = JSON.parse(Buffer.concat(parts).toString("utf8"));
        if ((response.statusCode ?? 500) < 300) resolve(answer);
        else
          reject(new Refusal(Answer.safeParse(answer).data?.message ?? "the cluster refused it"));
      });
    });
    sent.on("timeout", () => sent.destroy(new Refusal("the cluster does not answer in time")));
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
