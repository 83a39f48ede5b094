import { readFileSync } from "node:fs";
import { withPostgres } from "../../support/postgres.ts";
import { createRequest, newStore } from "./fixtures.ts";

const server = withPostgres();

/** The statements that docs/operations.md gives for an instance that came out of a backup as `creating`. */
const sql = /```sql\n([\s\S]+?)```/.exec(readFileSync("docs/operations.md", "utf8"))?.[1] ?? "";

describe("what docs/operations.md tells to do after a restore", () => {
  it.each(["notStarted", "running"])(
    "sets an instance right whose create was %s at the backup",
    async (status) => {
      const store = await newStore(server);
      try {
        const request = createRequest();
        await store.catalog.requestCreate(request);
        const { instanceId, operationId } = request;
        if (status === "running") {
          const { name: instanceName, namespace } = request.spec;
          await store.ledger.begin({
            ...{ operationId, instanceId, instanceName, namespace },
            ...{ kind: "create", token: "token", spec: request.spec },
          });
        }
        await store.sql(sql.replaceAll("ID", instanceId).replaceAll("ADDRESS", "203.0.113.7"));
        expect(await store.catalog.findInstance(instanceId)).toMatchObject({
          state: "running",
          externalIp: "203.0.113.7",
          ipConnectionString: "postgresql://app@203.0.113.7:5432/app?sslmode=verify-full",
          healthCheckOrchestrationId: `health-${instanceId}`,
        });
        expect((await store.catalog.findOperation(operationId))?.status).toBe("succeeded");
        // The sweep finds nothing to start or close, and a health check to begin.
        expect(await store.watch.startable(0, 10)).toEqual([]);
        expect(await store.watch.running(0, 10)).toEqual([]);
        expect(await store.watch.healthSilent(0, 10)).toHaveLength(1);
      } finally {
        await store.close();
      }
    },
  );
});
