import { readFileSync } from "node:fs";
import { z } from "zod";
import { infra } from "../../support/bicep/files.ts";
import { processesAtMost } from "../../support/bicep/processes.ts";
import { readTemplate } from "../../support/bicep/template.ts";

const Size = z.object({
  poolSize: z.int().min(1).max(100),
  database: z.object({
    skuName: z.string(),
    skuTier: z.string(),
    storageSizeGb: z.literal([32, 64, 128, 256, 512]),
    highAvailability: z.boolean(),
    backupDays: z.int().min(7).max(35),
  }),
  cluster: z.object({
    tier: z.enum(["Free", "Standard"]),
    systemVmSize: z.string(),
    systemNodes: z.int().min(1),
    instanceVmSize: z.string(),
    instanceNodesMin: z.int().min(1),
    instanceNodesMax: z.int().max(1_000),
  }),
});
const sizes = z
  .record(z.string(), Size)
  .parse(JSON.parse(readFileSync(infra("sizes.json"), "utf8")));
const main = await readTemplate(infra("main.bicep"));

/** Connections that a server leaves to its users: Azure's page "Limits in Azure Database for PostgreSQL". */
const USER_CONNECTIONS: Readonly<Record<string, number>> = {
  Standard_B1ms: 35,
  Standard_B2s: 414,
  Standard_D2ds_v5: 844,
  Standard_D4ds_v5: 1_703,
};

/** Data disks that a machine takes, by the page of its series: two for each virtual CPU, four at least. */
const DATA_DISKS: Readonly<Record<string, number>> = {
  Standard_D4s_v5: 8,
  Standard_D8s_v5: 16,
  Standard_D16s_v5: 32,
};

describe("sizes", () => {
  it("are those that main.bicep allows", () => {
    expect(Object.keys(sizes)).toEqual(main.parameters.get("size")?.decorators["allowed"]);
  });

  it.each(Object.entries(sizes))("%s: all pools together fit into the database", (_, size) => {
    const connections = USER_CONNECTIONS[size.database.skuName];
    expect(processesAtMost(main) * size.poolSize).toBeLessThanOrEqual(connections ?? 0);
  });

  it("would not fit with one connection each into the cheapest server, which is why it is not used", () => {
    expect(processesAtMost(main)).toBeGreaterThan(USER_CONNECTIONS["Standard_B1ms"]!);
  });

  it.each([
    ["small", 24],
    ["medium", 128],
    ["large", 1_024],
  ])("%s: a new cluster has room for %i disks of instances", (name, disks) => {
    const { instanceVmSize, instanceNodesMax } = sizes[name]!.cluster;
    expect((DATA_DISKS[instanceVmSize] ?? 0) * instanceNodesMax).toBe(disks);
  });

  it("are high availability only where the tier can do it", () => {
    const impossible = Object.values(sizes).filter(
      ({ database }) => database.highAvailability && database.skuTier === "Burstable",
    );
    expect(impossible).toEqual([]);
  });
});
