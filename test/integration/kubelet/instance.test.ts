import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { webcrypto } from "node:crypto";
import { connect } from "node:net";
import { Client } from "pg";
import { isReady, textIn } from "../../../local/cluster/controllers/objects.ts";
import { ingressOf } from "../../../local/cluster/controllers/service-spec.ts";
import { recordFrom } from "../../../local/cluster/kubelet/status.ts";
import { ping } from "../../../local/postgres/ping.ts";
import {
  NAMESPACE,
  eventually,
  hardenedInstance,
  newPlace,
  openWorld,
  podNamed,
  removePlace,
  type KubeletWorld,
} from "../../support/kubelet-world.ts";

const INIT_SQL = `-- roles; of the instance
CREATE ROLE toygres LOGIN CREATEROLE PASSWORD 'control; password';
DO $$ BEGIN PERFORM 1;

END $$;
CREATE DATABASE app OWNER toygres;
`;
const HBA =
  "local all all scram-sha-256\nhostssl all postgres all reject\nhostssl all all all scram-sha-256\n";

async function certificate(): Promise<{ certificate: string; key: string }> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=pg",
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "pg" }])],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString(
    "base64",
  );
  return {
    certificate: made.toString("pem"),
    key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
  };
}

async function query(host: string, sql: string, ca: string | null): Promise<unknown> {
  const client = new Client({
    host,
    port: 5432,
    user: "toygres",
    password: "control; password",
    database: "app",
    connectionTimeoutMillis: 5_000,
    ...(ca === null ? {} : { ssl: { ca, servername: "pg" } }),
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query<{ value: unknown }>(sql)).rows[0]?.value;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const refuses = (host: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host, port: 5432 });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    socket.on("connect", () => {
      socket.destroy();
      resolve("open");
    });
  });

interface Instance {
  readonly place: { folder: string; addressBlock: number };
  readonly world: KubeletWorld;
  tls: { certificate: string; key: string };
}

async function startInstance(): Promise<Instance> {
  const place = await newPlace();
  const world = await openWorld(place);
  const tls = await certificate();
  for (const object of hardenedInstance("pg", { initSql: INIT_SQL, hba: HBA, ...tls }))
    await world.store.create(object);
  return { place, world, tls };
}

async function stopInstance({ place, world }: Instance): Promise<void> {
  await world.workers.stop();
  await world.store.close();
  await removePlace(place);
}

const ready = (
  { world }: Instance,
  uidNot = "",
): Promise<{ uid: string; pid: number; restarts: number }> =>
  eventually("pg-0 is ready", () => {
    const pod = podNamed(world.store, "pg-0");
    if (pod === undefined || pod.metadata.uid === uidNot || !isReady(pod)) return undefined;
    const { containerId, restarts } = recordFrom(pod);
    return {
      uid: pod.metadata.uid,
      pid: Number(containerId.slice("process://".length)),
      restarts,
    };
  });

const address = ({ world }: Instance): Promise<string> =>
  eventually("the load balancer has an address", () => {
    const service = world.store.get({ kind: "Service", namespace: NAMESPACE, name: "pg" });
    return service === undefined ? undefined : ingressOf(service)[0];
  });

async function logOf({ world }: Instance): Promise<string> {
  const pod = podNamed(world.store, "pg-0");
  if (pod === undefined) return "";
  const chunks: Uint8Array[] = [];
  const whole = {
    ...{ container: "", follow: false, previous: false, timestamps: false },
    ...{ tailLines: undefined, sinceSeconds: undefined, limitBytes: undefined },
  };
  for await (const chunk of world.workers.readLog(pod, whole)) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString();
}

/** The tests share one instance, in any order: each has tables of its own and leaves it serving. */
describe("an instance on the local cluster", () => {
  let instance: Instance;
  let world: KubeletWorld;

  beforeAll(async () => {
    instance = await startInstance();
    world = instance.world;
  });
  afterAll(async () => stopInstance(instance));

  it("becomes ready, serves TLS on its load balancer's address and refuses plain TCP", async () => {
    await ready(instance);
    const host = await address(instance);
    expect(
      await query(host, "select current_setting('ssl') as value", instance.tls.certificate),
    ).toBe("on");
    await expect(query(host, "select 1", null)).rejects.toThrow(
      /no pg_hba.conf entry .* no encryption/,
    );
    const set = world.store.get({ kind: "StatefulSet", namespace: NAMESPACE, name: "pg" });
    await eventually(
      "the StatefulSet counts it",
      () =>
        set &&
        (world.store.get({ kind: "StatefulSet", namespace: NAMESPACE, name: "pg" })?.status?.[
          "readyReplicas"
        ] === 1 ||
          undefined),
    );
  });

  it("is probed without a line in its log", async () => {
    await ready(instance);
    const host = await address(instance);
    const mark = (text: string): Promise<unknown> =>
      query(host, `do $$ begin raise log '${text}'; end $$`, instance.tls.certificate);
    await mark("before the probes");
    for (let probe = 0; probe < 3; probe += 1) {
      expect(await ping({ host, port: 5432, user: "probe", timeoutMs: 5_000 })).toBe("accepting");
    }
    await mark("after the probes");

    const between = await eventually(
      "both marks stand in the log",
      async () => /before the probes([^]*)after the probes/.exec(await logOf(instance))?.[1],
    );
    expect(between).not.toMatch(/could not|reset by peer|incomplete/);
  });

  it("refuses a source that the load balancer's ranges leave out", async () => {
    await ready(instance);
    const host = await address(instance);
    expect(await query(host, "select 1 as value", instance.tls.certificate)).toBe(1);
    const ref = { kind: "Service", namespace: NAMESPACE, name: "pg" };
    await world.store.modify(ref, (it) => {
      it.spec = { ...it.spec, loadBalancerSourceRanges: ["192.0.2.0/24"] };
    });
    await expect(query(host, "select 1", instance.tls.certificate)).rejects.toThrow();
    await world.store.modify(ref, (it) => {
      it.spec = { ...it.spec, loadBalancerSourceRanges: ["127.0.0.0/8"] };
    });
  });

  it("serves the new certificate after its Secret changed and the server reloaded", async () => {
    const fresh = await certificate();
    const host = await address(instance);
    const { pid, uid } = await ready(instance);
    await world.store.modify({ kind: "Secret", namespace: NAMESPACE, name: "pg-tls" }, (it) => {
      const base64 = (text: string): string => Buffer.from(text).toString("base64");
      it.data = { "tls.crt": base64(fresh.certificate), "tls.key": base64(fresh.key) };
    });
    const file = join(instance.place.folder, "node/pods", uid, "volumes/tls/tls.crt");
    const { readFileSync } = await import("node:fs");
    await eventually("the volume follows", () =>
      readFileSync(file, "utf8") === fresh.certificate ? true : undefined,
    );
    process.kill(pid, "SIGHUP");
    instance.tls = fresh;
    const deadline = performance.now() + 5_000;
    let value: unknown;
    while (value !== 1 && performance.now() < deadline) {
      value = await query(host, "select 1 as value", instance.tls.certificate).catch(
        () => undefined,
      );
    }
    expect(value).toBe(1);
  });

  it("is ready again with its data when its pod is deleted", async () => {
    const host = await address(instance);
    const { uid } = await ready(instance);
    await query(
      host,
      "create table kept_by_deletion as select 42 as value",
      instance.tls.certificate,
    );
    await world.store.delete({ kind: "Pod", namespace: NAMESPACE, name: "pg-0" });
    await ready(instance, uid);
    expect(await query(host, "select value from kept_by_deletion", instance.tls.certificate)).toBe(
      42,
    );
  });

  it("is started again, and counts it, when its server is killed", async () => {
    const host = await address(instance);
    const { pid, restarts } = await ready(instance);
    await query(host, "create table kept_by_kill as select 42 as value", instance.tls.certificate);
    process.kill(pid, "SIGKILL");
    await eventually("it runs again", () => {
      const pod = podNamed(world.store, "pg-0");
      return pod !== undefined && isReady(pod) && recordFrom(pod).restarts === restarts + 1
        ? true
        : undefined;
    });
    expect(await query(host, "select value from kept_by_kill", instance.tls.certificate)).toBe(42);
    const pod = podNamed(world.store, "pg-0");
    expect(pod && recordFrom(pod).last).toMatchObject({ exitCode: 137, reason: "Error" });
  });
});

describe("an instance that is deleted", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(async () => stopInstance(instance));

  it("leaves no process, folder, volume or open port when all is deleted", async () => {
    const { place, world } = instance;
    const host = await address(instance);
    const { pid, uid } = await ready(instance);
    const podAddress = textIn(podNamed(world.store, "pg-0")?.status, "podIP") ?? "";
    const volumes = (): string[] => readdirSync(join(place.folder, "node/volumes"));
    expect(volumes()).toHaveLength(1);
    for (const name of ["pg", "pg-headless"])
      await world.store.delete({ kind: "Service", namespace: NAMESPACE, name });
    await world.store.delete({
      kind: "PersistentVolumeClaim",
      namespace: NAMESPACE,
      name: "pg-data",
    });
    await world.store.delete({ kind: "StatefulSet", namespace: NAMESPACE, name: "pg" });
    await eventually("pod, claim and volume are gone", () =>
      podNamed(world.store, "pg-0") === undefined &&
      world.store.list("PersistentVolume").length === 0
        ? true
        : undefined,
    );
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(existsSync(join(place.folder, "node/pods", uid))).toBe(false);
    expect(volumes()).toEqual([]);
    expect([await refuses(host), await refuses(podAddress)]).toEqual([
      "ECONNREFUSED",
      "ECONNREFUSED",
    ]);
  });
});
