import { Client } from "pg";
import { isReady, textIn } from "../../../local/cluster/controllers/objects.ts";
import type { JsonObject, KubernetesObject } from "../../../local/cluster/store/object.ts";
import {
  NAMESPACE,
  eventually,
  newPlace,
  openWorld,
  plainInstance,
  plainSet,
  podNamed,
  removePlace,
  type KubeletWorld,
} from "../../support/kubelet-world.ts";

const secret = { secretKeyRef: { name: "pg-bootstrap", key: "postgres-password" } };
const password = "super secret: it's $1";

async function rows(host: string, user: string, database: string, sql: string): Promise<unknown[]> {
  const client = new Client({
    host,
    port: 5432,
    user,
    password,
    database,
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

describe("the image postgres on the local cluster", () => {
  let place: { folder: string; addressBlock: number };
  let world: KubeletWorld;

  beforeAll(async () => {
    place = await newPlace();
    world = await openWorld(place);
  });
  afterAll(async () => {
    await world.workers.stop();
    await world.store.close();
    await removePlace(place);
  });
  afterEach(async () => {
    for (const { kind, metadata } of plainInstance("pg")) {
      const ref = { kind, namespace: NAMESPACE, name: metadata.name };
      if (world.store.get(ref) !== undefined) await world.store.delete(ref);
    }
    await eventually("all is gone", () =>
      podNamed(world.store, "pg-0") === undefined &&
      world.store.list("PersistentVolume").length === 0
        ? true
        : undefined,
    );
  });

  const run = async (container: JsonObject): Promise<void> => {
    for (const object of plainInstance("pg")) {
      await world.store.create(object.kind === "StatefulSet" ? plainSet("pg", container) : object);
    }
  };
  const ready = (): Promise<string> =>
    eventually("pg-0 is ready", () => {
      const pod = podNamed(world.store, "pg-0");
      return pod !== undefined && isReady(pod) ? textIn(pod.status, "podIP") : undefined;
    });
  const pod = (): KubernetesObject | undefined => podNamed(world.store, "pg-0");
  /** As `kubectl logs --previous` shows it. */
  const logOfLast = async (): Promise<string> => {
    const all = {
      ...{ container: "", follow: false, previous: true, timestamps: false },
      ...{ tailLines: undefined, sinceSeconds: undefined, limitBytes: undefined },
    };
    const last = pod();
    if (last === undefined) throw new Error("there is no pod");
    const parts: Uint8Array[] = [];
    for await (const part of world.workers.readLog(last, all)) parts.push(Buffer.from(part));
    return Buffer.concat(parts).toString("utf8");
  };

  it.each(["16", "17", "18"])("runs version %s with the password of its Secret", async (major) => {
    await run({ image: `postgres:${major}` });
    const host = await ready();
    expect(await rows(host, "postgres", "postgres", "show server_version_num")).toEqual([
      { server_version_num: expect.stringMatching(new RegExp(`^${major}`)) },
    ]);
  });

  it("makes the superuser and the database that it is told to, with initdb's own arguments", async () => {
    await run({
      env: [
        { name: "POSTGRES_USER", value: "boss" },
        { name: "POSTGRES_DB", value: "Shop 1" },
        { name: "POSTGRES_INITDB_ARGS", value: "--wal-segsize=1 --no-sync" },
        { name: "POSTGRES_PASSWORD", valueFrom: secret },
      ],
    });
    const host = await ready();
    expect(await rows(host, "boss", "Shop 1", "show wal_segment_size")).toEqual([
      { wal_segment_size: "1MB" },
    ]);
  });

  it("ends with the image's own words when it is given no password", async () => {
    await run({ env: [] });
    await eventually("it crashes again and again", () =>
      JSON.stringify(pod()?.status).includes("CrashLoopBackOff") ? true : undefined,
    );
    expect(JSON.stringify(pod()?.status)).toContain("superuser password is not specified");
    expect(await logOfLast()).toMatch(/^Error: Database is uninitialized and superuser password/);
  });

  it("says as psql does that a statement of the first start failed", async () => {
    await run({
      env: [
        { name: "POSTGRES_DB", value: "template1" },
        { name: "POSTGRES_PASSWORD", valueFrom: secret },
      ],
    });
    await eventually("its words are shown", () =>
      JSON.stringify(pod()?.status).includes(
        'psql: FATAL:  database \\"template1\\" already exists',
      )
        ? true
        : undefined,
    );
  });

  it("waits in CreateContainerConfigError for a key that its Secret lacks", async () => {
    await run({
      env: [
        {
          name: "POSTGRES_PASSWORD",
          valueFrom: { secretKeyRef: { name: "pg-bootstrap", key: "absent" } },
        },
      ],
    });
    await eventually("the reason is shown", () =>
      JSON.stringify(pod()?.status).includes(
        "couldn't find key absent in Secret toygres/pg-bootstrap",
      )
        ? true
        : undefined,
    );
    expect(JSON.stringify(pod()?.status)).toContain("CreateContainerConfigError");
  });

  it("shows the server's own last words when it cannot start", async () => {
    await run({ args: ["-c", "shared_buffers=nonsense"] });
    await eventually("its words are shown", () =>
      JSON.stringify(pod()?.status).includes('invalid value for parameter \\"shared_buffers\\"')
        ? true
        : undefined,
    );
  });
});
