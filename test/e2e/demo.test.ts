import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { freePort, poll, runLocal, temporaryFolder } from "../support/environment.ts";

describe("npm run demo", () => {
  it("shows each step and prints a connection string that works, in a folder with a space in its name too", async () => {
    const folder = await temporaryFolder();
    const data = join(folder, "my data & more");
    const args = ["--data", data, "--port", String(await freePort())];
    const { child, lines, ended } = runLocal("demo.ts", args);
    try {
      await poll(
        "the demo to be ready",
        () => lines.some((line) => line.startsWith("ready after")),
        {
          unless: () => (child.exitCode === null ? undefined : lines.join("\n")),
        },
      );
      expect(lines.filter((line) => line.startsWith("  ✔ "))).toHaveLength(8);

      // Chain and address are checked by the client, with nothing but what was printed.
      const printed = lines.find((line) => line.startsWith("  postgresql://"))?.trim();
      const client = new Client({ connectionString: printed });
      client.on("error", () => undefined);
      await client.connect();
      const { rows } = await client.query("select current_user as user");
      await client.end();
      expect(rows).toEqual([{ user: "app" }]);
    } finally {
      child.kill("SIGINT");
      await ended;
      expect(await runLocal("reset.ts", ["--data", data]).ended).toBe(0);
      await rm(folder, { recursive: true, force: true });
    }
  }, 90_000);
});
