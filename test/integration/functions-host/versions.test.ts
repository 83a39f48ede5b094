import { readFileSync } from "node:fs";
import { z } from "zod";
import { webhookClient, type DurableClient } from "../../../src/durable/client.ts";
import type { OrchestrationContract } from "../../../src/durable/orchestration.ts";
import type { Schema } from "../../../src/durable/wire.ts";
import {
  eventually,
  launchHost,
  refusedHost,
  throwawayApp,
  type HostProcess,
} from "../../support/functions-host.ts";
import { freePort, withPostgres } from "../../support/postgres.ts";

const server = withPostgres();
const code = readFileSync(new URL("../../support/apps/versions/app.mjs", import.meta.url), "utf8");

const contract = <I extends Schema, O extends Schema>(name: string, input: I, output: O) =>
  ({
    kind: "orchestration",
    name: `test::orchestration::${name}`,
    version: "1.0",
    description: "see test/support/apps/versions",
    input,
    output,
  }) satisfies OrchestrationContract<I, O>;
const By = z.object({ by: z.string() });
const Task = contract("task", z.object({}), By);
const Parent = contract("parent", z.object({ id: z.string() }), By);
const Steady = contract("steady", z.object({}), By);
const Starter = contract("starter", z.object({ id: z.string() }), z.object({}));
const Loop = contract("loop", z.object({}), z.object({ seen: z.array(z.string()) }));

interface Release {
  readonly versions: string;
  readonly defaultVersion: string;
}
const ONE: Release = { versions: "1.0", defaultVersion: "1.0" };
const TWO: Release = { versions: "1.0,2.0", defaultVersion: "2.0" };

/** The folder of one release of the app: code and host.json. */
const appOf = ({ defaultVersion }: Release) =>
  throwawayApp({
    "app.js": code,
    "host.json": JSON.stringify({
      version: "2.0",
      extensions: { durableTask: { defaultVersion } },
    }),
  });

const envOf = ({ versions, defaultVersion }: Release, url: string) => ({
  VERSIONS: versions,
  DEFAULT_VERSION: defaultVersion,
  FUNCTIONS_HOST_STORE_URL: url,
});

interface Site {
  /** Runs a release of the app as a process of its own, on what the one before it left, and stops it. */
  run(
    release: Release,
    use: (client: DurableClient, host: HostProcess) => Promise<void>,
  ): Promise<void>;
}

async function newSite(): Promise<Site> {
  const { url } = await server.newDatabase();
  const port = await freePort();
  const data = throwawayApp({});
  folders.push(data);
  return {
    async run(release, use) {
      const app = appOf(release);
      folders.push(app);
      const host = await launchHost({
        app: app.folder,
        port,
        args: ["--store", "postgres", "--data", data.folder],
        env: envOf(release, url),
      });
      try {
        await use(webhookClient({ url: host.url, pollMs: 20 }), host);
      } finally {
        await host.stop();
      }
    },
  };
}

const folders: { remove: () => void }[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

const inState = (client: DurableClient, id: string, state: string) =>
  eventually(`"${id}" is ${state}`, 10_000, async () => {
    const found = await client.status(id);
    return found?.state === state ? found : undefined;
  });

const ended = async <O extends Schema>(
  client: DurableClient,
  orchestration: OrchestrationContract<Schema, O>,
  id: string,
) => {
  const end = await client.wait({ id, orchestration }, 15_000);
  return end.state === "Completed" ? end.output : end;
};

describe("instances in flight across a restart with newer code", () => {
  it("end on the version that they began with, and new ones begin on the new one", async () => {
    const site = await newSite();
    await site.run(ONE, async (client) => {
      for (const id of ["a", "b", "c"]) await client.start(Task, {}, { id });
      await client.start(Parent, { id: "child-of-old" }, { id: "parent" });
      await client.start(Loop, {}, { id: "loop" });
      for (const id of ["a", "b", "c", "parent", "loop"]) await inState(client, id, "Running");
      await client.raise("loop", "go");
    });

    await site.run(TWO, async (client) => {
      for (const id of ["d", "e"]) await client.start(Task, {}, { id });
      await client.start(Task, {}, { id: "f", version: "1.0" });
      for (const id of ["a", "b", "c", "d", "e", "f", "parent"]) await client.raise(id, "go");
      await inState(client, "child-of-old", "Running");
      await client.raise("child-of-old", "go");

      for (const id of ["a", "b", "c", "f"])
        expect([id, await ended(client, Task, id)]).toEqual([id, { by: "1.0" }]);
      for (const id of ["d", "e"])
        expect([id, await ended(client, Task, id)]).toEqual([id, { by: "2.0" }]);
      expect(await ended(client, Parent, "parent")).toEqual({ by: "1.0" });
    });
  });

  it("keep it through every continueAsNew", async () => {
    const site = await newSite();
    await site.run(ONE, async (client) => {
      await client.start(Loop, {}, { id: "old" });
      await inState(client, "old", "Running");
      await client.raise("old", "go");
    });
    await site.run(TWO, async (client) => {
      await client.start(Loop, {}, { id: "new" });
      // An event that comes at the moment of continueAsNew is lost: that is why more are sent than are needed.
      for (const id of ["old", "new"]) {
        await eventually(`"${id}" has ended`, 15_000, async () => {
          await client.raise(id, "go");
          return (await client.status(id))?.state === "Completed" ? true : undefined;
        });
      }
      expect(await ended(client, Loop, "old")).toEqual({ seen: ["1.0", "1.0", "1.0"] });
      expect(await ended(client, Loop, "new")).toEqual({ seen: ["2.0", "2.0", "2.0"] });
    });
  });

  it("stand still after a rollback, neither run nor failed, until the newer code is back", async () => {
    const site = await newSite();
    await site.run(TWO, async (client) => {
      await client.start(Task, {}, { id: "new" });
      await inState(client, "new", "Running");
    });
    await site.run(ONE, async (client, host) => {
      await client.raise("new", "go");
      await eventually("the host says so", 10_000, async () =>
        host.lines.find((line) => line.includes('"new" began on version "2.0" and stands still')),
      );
      expect(await client.status("new")).toMatchObject({ state: "Running" });
    });
    await site.run(TWO, async (client) => {
      expect(await ended(client, Task, "new")).toEqual({ by: "2.0" });
    });
  });

  it("go on after a rollback when a function of the app started them and their own code is as it was", async () => {
    const site = await newSite();
    await site.run(TWO, async (client) => {
      await client.start(Starter, { id: "same" }, { id: "starter" });
      expect(await ended(client, Starter, "starter")).toEqual({});
      await inState(client, "same", "Running");
    });
    await site.run(ONE, async (client) => {
      await client.raise("same", "go");
      expect(await ended(client, Steady, "same")).toEqual({ by: "1.0" });
    });
  });

  it("fail with a sentence when their version was removed too early", async () => {
    const site = await newSite();
    await site.run(ONE, async (client) => {
      await client.start(Task, {}, { id: "old" });
      await inState(client, "old", "Running");
    });
    await site.run({ versions: "2.0", defaultVersion: "2.0" }, async (client) => {
      await client.raise("old", "go");
      expect(await ended(client, Task, "old")).toMatchObject({
        state: "Failed",
        error: {
          code: "version-unknown",
          message:
            'this instance began on version "1.0", for which there is no implementation: there are "2.0"',
        },
      });
    });
  });
});

describe("an app whose host.json does not fit its code", () => {
  it.each(["1.0", "3.0"])(
    "is refused at its start: defaultVersion %s, code up to 2.0",
    async (v) => {
      const release = { versions: "1.0,2.0", defaultVersion: v };
      const app = appOf(release);
      folders.push(app);
      const { code: exitCode, said } = await refusedHost({
        app: app.folder,
        args: ["--port", "0"],
        env: envOf(release, ""),
      });
      expect(exitCode).toBe(1);
      expect(said).toContain(
        `host.json's extensions.durableTask.defaultVersion is "${v}", and the highest version is "2.0", of "test::orchestration::`,
      );
    },
  );
});
