/**
 * The composed app from one command, `npm run example:composition`: a tenant is provisioned; another one, whose second
 * instance breaks a rule of this house, is rolled back. Options: --data FOLDER, --port PORT.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { webhookClient } from "toygres/client";
import { z } from "zod";
import { expectOk } from "../../local/demo/api.ts";
import { untilStopped } from "../../local/up/command.ts";
import { startEnvironment } from "../../local/up/environment.ts";
import { refuse } from "../../local/up/failure.ts";
import { readOptions } from "../../local/up/options.ts";
import { provisionTenant } from "./orchestrators/provision-tenant.ts";

const WAIT_MS = 180_000;
const DELETE_MS = 60_000;

const Instances = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string(), state: z.string() })),
});
const Registry = z.object({
  activities: z.array(z.object({ name: z.string(), library: z.string() })),
});

const say = (line: string): void => console.log(line);

/** Names of the instances of a tenant that exist, with their states. */
async function instancesOf(
  url: string,
  tenant: string,
): Promise<z.infer<typeof Instances>["items"]> {
  const { items } = Instances.parse(await expectOk(url, "GET", "/instances?limit=200"));
  return items.filter(({ name }) => name.startsWith(`${tenant}-`));
}

/** Starts the orchestration from outside the host, over its management webhooks, and waits for its end. */
async function provision(url: string, tenant: string, reports: "16" | "18") {
  const client = webhookClient({ url });
  say(`\nprovision-tenant "${tenant}": app on PostgreSQL 18, reports on ${reports}`);
  const { handle } = await client.start(
    provisionTenant,
    {
      tenant,
      allowedCidrs: ["127.0.0.0/8"],
      app: { storageSizeGb: 1 },
      reports: { storageSizeGb: 1, postgresVersion: reports },
    },
    { id: `tenant-${tenant}` },
  );
  let shown = "";
  const watch = setInterval(() => {
    void instancesOf(url, tenant).then((items) => {
      const line = items.map(({ name, state }) => `${name} ${state}`).join(", ");
      if (line !== shown && line !== "") say(`  ${line}`);
      shown = line;
    }, ignored);
  }, 250);
  try {
    return await client.wait(handle, WAIT_MS);
  } finally {
    clearInterval(watch);
  }
}

/** Progress is for the eye: the next look comes in a moment, and the end is told by the client. */
const ignored = (): void => undefined;

async function run(url: string): Promise<void> {
  const { activities } = Registry.parse(await expectOk(url, "GET", "/registry"));
  for (const { name, library } of activities.filter((it) => !it.name.startsWith(it.library))) {
    say(`library "${library}" overrides ${name}`);
  }

  const run = randomBytes(2).toString("hex");
  const good = `acme-${run}`;
  const done = await provision(url, good, "18");
  if (done.state !== "Completed") throw new Error(`"${good}" was not provisioned: ${done.state}`);
  say(`  app      ${done.output.app}`);
  say(`  reports  ${done.output.reports}`);

  const bad = `beta-${run}`;
  const failed = await provision(url, bad, "16");
  if (failed.state !== "Failed") throw new Error(`"${bad}" should have failed: ${failed.state}`);
  say(`  failed with ${failed.error.code}: ${failed.error.message}`);
  const left = await instancesOf(url, bad);
  if (left.length > 0) throw new Error(`left behind: ${left.map(({ name }) => name).join(", ")}`);
  say(`  rolled back: no instance of "${bad}" is left`);

  say(`\nremoving "${good}"`);
  for (const { id } of await instancesOf(url, good)) {
    await expectOk(url, "DELETE", `/instances/${id}`);
  }
  const until = performance.now() + DELETE_MS;
  while ((await instancesOf(url, good)).length > 0) {
    if (performance.now() > until) throw new Error(`"${good}" is not gone after ${DELETE_MS} ms`);
    await sleep(250);
  }
  say("done");
}

async function main(): Promise<void> {
  const stopped = untilStopped();
  const options = readOptions(["--data", ".toygres-composition", ...process.argv.slice(2)]);
  const environment = await startEnvironment({ ...options, app: import.meta.dirname }, say);
  try {
    await Promise.race([run(environment.url), stopped, environment.failed]);
  } finally {
    await environment.stop();
  }
}

await main().catch(refuse);
