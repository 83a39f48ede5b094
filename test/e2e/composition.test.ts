import { rm } from "node:fs/promises";
import { freePort, runLocal, temporaryFolder } from "../support/environment.ts";

describe("npm run example:composition", () => {
  it("provisions one tenant, rolls another back, and leaves nothing behind", async () => {
    const data = await temporaryFolder();
    try {
      const args = ["--data", data, "--port", String(await freePort())];
      const { lines, ended } = runLocal("../examples/composition/run.ts", args);
      const code = await ended;
      const said = lines.join("\n");
      expect([code, said]).toEqual([0, said]);

      expect(lines).toContain('library "tenants" overrides toygres::activity::test-connection');
      expect(said).toMatch(
        /^ {2}app {6}postgresql:\/\/app@127\.\d+\.\d+\.\d+:5432\/app\?sslmode=verify-full$/m,
      );
      expect(said).toMatch(
        /^ {2}failed with tenants::version-too-old: instance "beta-\w{4}-reports" runs PostgreSQL 16, and tenants get 17 or newer$/m,
      );
      expect(said).toMatch(/^ {2}rolled back: no instance of "beta-\w{4}" is left$/m);
      expect(lines.at(-1)).toBe("done");
    } finally {
      expect(await runLocal("reset.ts", ["--data", data]).ended).toBe(0);
      await rm(data, { recursive: true, force: true });
    }
  }, 120_000);
});
