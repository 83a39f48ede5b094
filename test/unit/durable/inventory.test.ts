import { readFileSync } from "node:fs";
import { z } from "zod";
import { inventory } from "../../../src/durable/inventory.ts";
import { inventoryMarkdown, inventoryTable } from "../../../src/durable/inventory-text.ts";
import { library } from "../../../src/durable/library.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { toygres } from "../../../src/library.ts";
import { withRegistry } from "../../../src/readme.ts";

const registry = inventory(toygres);
const readme = readFileSync("README.md", "utf8");

describe("the inventory of Toygres", () => {
  it("describes every activity as its callers need it", () => {
    const found = registry.activities.find(({ name }) => name.endsWith("::test-connection"));
    expect(found).toEqual({
      kind: "activity",
      name: "toygres::activity::test-connection",
      functionName: "toygres_activity_test-connection",
      library: "toygres",
      description: "Connects over TLS as the control role and reads the server's version",
      idempotent: true,
      uses: [],
      retry: { attempts: 12, firstDelayMs: 500, backoff: 2, maxDelayMs: 15_000 },
      timeLimitMs: 60_000,
      input: expect.objectContaining({
        type: "object",
        required: ["instanceId", "namespace", "instanceName", "address"],
      }),
      output: {
        type: "object",
        properties: { version: { type: "string" }, connected: { type: "boolean" } },
        required: ["version", "connected"],
        additionalProperties: false,
      },
    });
  });

  it("lists what an orchestration calls, all of which it has too", () => {
    const known = new Set(
      [...registry.orchestrations, ...registry.activities].map((it) => it.name),
    );
    for (const { uses } of registry.orchestrations) {
      expect(uses.length).toBeGreaterThan(0);
      expect(uses.filter((name) => !known.has(name))).toEqual([]);
    }
  });

  it("says of everything what it does, and of every field what it is", () => {
    const items = [...registry.orchestrations, ...registry.activities];
    expect(items.filter(({ description }) => description.length < 20)).toEqual([]);
    // `unrepresentable: "any"` leaves an empty schema where JSON Schema has no words: only a result is free.
    const open = JSON.stringify(items.map(({ input }) => input)).match(/"\w+":\{\}/g);
    expect(new Set(open)).toEqual(new Set(['"default":{}', '"result":{}']));
  });

  it("names no place of this machine", () => {
    expect(JSON.stringify(registry)).not.toContain("definedAt");
    expect(JSON.stringify(registry)).not.toContain(process.cwd());
  });

  it("stands in the README as it is; `npm run registry -- --readme` writes it anew", () => {
    expect(readme).toBe(withRegistry(readme, inventoryMarkdown(registry)));
  });
});

describe("an inventory", () => {
  const party = (version: string, description: string) =>
    orchestration({
      name: "test::orchestration::party",
      version,
      description,
      input: z.object({ guests: z.int().default(2) }),
      output: z.object({}),
      uses: [],
      *run() {
        return {};
      },
    });
  const versions = library("test", {
    orchestrations: [party("2.0", "dances"), party("1.10", "sings"), party("1.9", "talks")],
  });

  it("lists the versions, oldest first, and describes the newest", () => {
    const { orchestrations, defaultVersion } = inventory(versions);
    expect(orchestrations).toMatchObject([
      { versions: ["1.9", "1.10", "2.0"], description: "dances" },
    ]);
    expect(defaultVersion).toBe("2.0");
  });

  it("shows what a caller may leave out, and what it always gets", () => {
    const [described] = inventory(versions).orchestrations;
    expect(described?.input).toMatchObject({ properties: { guests: { default: 2 } } });
    expect(described?.input).not.toHaveProperty("required");
  });

  it("is a table for a terminal", () => {
    expect(inventoryTable(inventory(versions))).toBe(
      [
        "NAME                        VERSIONS      IDEMPOTENT  TRIED  DESCRIPTION",
        "test::orchestration::party  1.9 1.10 2.0  -           -      dances",
      ].join("\n"),
    );
  });
});

describe("withRegistry", () => {
  it("says which marks a page lacks", () => {
    expect(() => withRegistry("# A page", "list")).toThrow(
      'the page needs the marks "<!-- npm run registry -- --readme -->" and "<!-- end of the registry -->" once each',
    );
  });
});
