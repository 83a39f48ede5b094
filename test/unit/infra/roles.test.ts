import { readFileSync } from "node:fs";
import { z } from "zod";
import { evaluate } from "../../support/bicep/evaluate.ts";
import { infra, infraFiles } from "../../support/bicep/files.ts";
import { readTemplate } from "../../support/bicep/template.ts";

/** From Azure's page "Azure built-in roles"; the same in every tenant. A wrong one would be granted without a word. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  "Azure Kubernetes Service Cluster User Role": "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
  "Azure Kubernetes Service RBAC Cluster Admin": "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
  "Azure Kubernetes Service RBAC Writer": "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb",
  "Durable Task Data Contributor": "0ad04412-c4d5-4796-b79c-f76d14c8d402",
  "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
  "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  "Storage Queue Data Contributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
  "Storage Table Data Contributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
};

const roles = z
  .record(z.string(), z.string())
  .parse(JSON.parse(readFileSync(infra("roles.json"), "utf8")));
const files = infraFiles(".bicep");
const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** Roles that a file looks up, `roles[…]`, with the value of the variable or list that stands in the brackets. */
async function rolesOf(file: string): Promise<string[]> {
  const template = await readTemplate(infra(file));
  return template.root
    .descendantsOfType("subscript_expression")
    .filter(({ text }) => text.startsWith("roles["))
    .flatMap(({ text }) => {
      const name = text.slice("roles[".length, -1);
      const node = template.variables.get(name) ?? template.variables.get("rolesOfTheHost");
      const value = node === undefined ? [] : evaluate(node);
      return (Array.isArray(value) ? value : [value]).map(String);
    });
}

describe("Azure roles", () => {
  it("are the documented ones, in roles.json", () => {
    expect(roles).toEqual(DOCUMENTED);
  });

  it.each(files)("stand nowhere else: %s has no role id of its own", (file) => {
    expect(readFileSync(infra(file), "utf8").match(GUID) ?? []).toEqual([]);
  });

  it("are given by a name that is in the table, and each of the table is given", async () => {
    const given = (await Promise.all(files.map(rolesOf))).flat();
    expect([...new Set(given)].sort()).toEqual(Object.keys(roles).sort());
  });

  it.each(files)(
    "go to service principals by type: each assignment of %s says whose",
    async (file) => {
      const { resources } = await readTemplate(infra(file));
      const assignments = [...resources.values()].filter(({ text }) =>
        text.includes("'Microsoft.Authorization/roleAssignments@"),
      );
      const vague = assignments.filter(
        ({ text }) => !/principalType:/.test(text) || !/^ {2}scope:/m.test(text),
      );
      expect(vague.map(({ text }) => text)).toEqual([]);
    },
  );

  it("make the control plane no administrator of cluster or database", async () => {
    const access = await readTemplate(infra("modules/cluster-access.bicep"));
    const administers = access.resources.get("administers")?.text ?? "";
    expect(administers).toContain("principalId: administratorId");
    const database = readFileSync(infra("modules/database.bicep"), "utf8");
    expect(database).not.toContain("identity");
  });
});
