import { runFault } from "../../local/fault/command.ts";
import { Operation } from "../../src/domain/operation.ts";
import { poll, runLocal, startEnvironment, type TestEnvironment } from "../support/environment.ts";
import {
  commandOf,
  healthOf,
  onPage,
  pageExamples,
  tellingOf,
  writeExamples,
} from "../support/fault-page.ts";
import { create, instance, query, remove, running } from "../support/instances.ts";
import { instanceObjects, onThisMachine } from "../support/leftovers.ts";

/** A create under a fault: what its user sees, and how it goes on. */
interface Scenario {
  /** Of `npm run fault`; the instance's name is among them. */
  readonly args: readonly string[];
  readonly name: string;
  /** In what is seen, when it is there. */
  readonly sign: RegExp;
  /** `waits` for 300 s, so that it is canceled; `fails` at once; `passes` by itself. */
  readonly then: "waits" | "fails" | "passes";
}

const scenario = (
  name: string,
  fault: string,
  options: string,
  sign: RegExp,
  then: Scenario["then"],
): Scenario => ({
  name,
  args: [fault, "--instance", name, ...options.split(" ").filter((it) => it !== "")],
  sign,
  then,
});

const APPLY = "--verb apply --kind StatefulSet --times 4";

const scenarios: readonly Scenario[] = [
  scenario("missing", "image-cannot-be-pulled", "", /not found/, "fails"),
  scenario(
    "unheard",
    "image-cannot-be-pulled",
    "--because registry-timeout --times 1",
    /i\/o timeout/,
    "passes",
  ),
  scenario("unlet", "image-cannot-be-pulled", "--because no-right", /401 Unauthorized/, "waits"),
  scenario("roomless", "no-room", "", /Insufficient memory/, "waits"),
  scenario("slow", "slow-start", "--delay 8", /takes no connections yet/, "passes"),
  scenario("crashing", "crash-loop", "", /CrashLoopBackOff/, "waits"),
  scenario("tiny", "disk-full", "", /CrashLoopBackOff/, "waits"),
  scenario("unmade", "volume-cannot-be-made", "", /Throttled/, "waits"),
  scenario("detached", "volume-cannot-be-attached", "", /data disks/, "waits"),
  scenario("hidden", "load-balancer-without-address", "", /PublicIPCountLimitReached/, "waits"),
  scenario(
    "unowned",
    "load-balancer-without-address",
    "--because no-right",
    /AuthorizationFailed/,
    "waits",
  ),
  scenario("late", "api-slow", "--verb apply --kind Service", /in time/, "passes"),
  scenario("forbidden", "api-403", "--verb apply --kind StatefulSet", /forbidden/, "fails"),
  scenario("contested", "api-409", APPLY, /changed or replaced/, "waits"),
  scenario("busy", "api-429", APPLY, /too much to do/, "waits"),
  scenario("broken", "api-500", APPLY, /answers with 500/, "waits"),
  scenario("cut", "api-cut", APPLY, /connection was cut/, "waits"),
  scenario("unanswered", "api-lose-reply", "--verb apply --kind Service", /was cut/, "passes"),
];

/** So that several servers, and as many initdbs, fit into the time of one machine with two cores. */
const PATIENCE_MS = 120_000;
/** Many are looked at side by side. */
const LOOK_MS = 400;

let env: TestEnvironment;
const seen = new Map<string, object>();
const under = new Map<Scenario, Promise<{ seen: object; end: Operation }>>();
let ill: Promise<object>;
let unwatched: Promise<Operation>;

const fault = async (...args: string[]): Promise<string[]> => {
  const lines: string[] = [];
  await runFault([...args, "--data", env.data], (line) => lines.push(line));
  return lines;
};

const look = <T>(what: string, id: string, found: (operation: Operation) => T | false) =>
  poll(
    what,
    async () => found(Operation.parse((await env.call("GET", `/operations/${id}`)).body)),
    { withinMs: PATIENCE_MS, everyMs: LOOK_MS },
  );

const ended = (id: string): Promise<Operation> =>
  look(`operation ${id} to end`, id, (it) => it.endedAt !== undefined && it);

async function play({ args, name, sign, then }: Scenario) {
  await fault(...args);
  const { operation } = await create(env, { name });
  const telling = await look(`${name} to show ${String(sign)}`, operation.id, (it) => {
    const told = onPage(tellingOf(it), name);
    return sign.test(JSON.stringify(told)) && told;
  });
  if (then === "waits") await env.call("POST", `/operations/${operation.id}/cancel`);
  const end = await ended(operation.id);
  if (then === "passes") await ended((await remove(env, name)).id);
  return { seen: telling, end };
}

async function createUnwatched(): Promise<Operation> {
  await fault("watch-dropped", "--for", "15");
  const { operation } = await create(env, { name: "unwatched" });
  const end = await ended(operation.id);
  await ended((await remove(env, "unwatched")).id);
  return end;
}

/** A server that has served until its disk is full, and serves again with its data once there is room. */
async function fallIll(): Promise<object> {
  const orders = await running(env, { name: "orders" }, PATIENCE_MS);
  await query(orders, "create table kept (a int); insert into kept values (1), (2)");
  await fault("disk-full", "--instance", "orders", "--times", "2");
  const health = (wanted: string, sign = /./) =>
    poll(
      `orders to be ${wanted}`,
      async () => {
        const found = await instance(env, "orders");
        return found.healthStatus === wanted && sign.test(found.healthMessage ?? ".") && found;
      },
      { withinMs: PATIENCE_MS, everyMs: LOOK_MS },
    );
  const told = onPage(healthOf(await health("unhealthy", /CrashLoopBackOff.*No space/)), "orders");
  await health("healthy");
  expect(await query(orders, "select count(*)::int from kept")).toEqual([{ count: 2 }]);
  return told;
}

beforeAll(async () => {
  env = await startEnvironment();
  ill = fallIll();
  ill.catch(() => undefined);
  unwatched = createUnwatched();
  unwatched.catch(() => undefined);
  for (const one of scenarios) {
    const played = play(one);
    played.catch(() => undefined);
    under.set(one, played);
  }
}, 120_000);

afterAll(async () => {
  await env.stop();
  if (process.env["DOCS"] === "write") await writeExamples(seen);
}, 60_000);

/** The page shows what was really seen; `DOCS=write` writes it anew. */
async function expectOnPage(command: string, found: object): Promise<void> {
  seen.set(command, found);
  if (process.env["DOCS"] !== "write") expect((await pageExamples()).get(command)).toEqual(found);
}

describe("a create under a fault of the cluster", () => {
  it.each(scenarios.map((one) => [commandOf(one.args, one.name), one] as const))(
    "%s",
    async (command, one) => {
      const found = await under.get(one);
      if (found === undefined) throw new Error("it was not played");

      expect(JSON.stringify(found.seen)).toMatch(/"action":"[A-Z](?:[^"\\]|\\.)*\."/);
      expect(found.end.status).toBe(
        { waits: "canceled", fails: "failed", passes: "succeeded" }[one.then],
      );
      await expectOnPage(command, found.seen);
    },
    PATIENCE_MS,
  );

  it(
    "goes on when its watches are dropped",
    async () => {
      expect((await unwatched).status).toBe("succeeded");
    },
    PATIENCE_MS,
  );
});

describe("an instance whose disk is full", () => {
  it(
    "is unhealthy and says why and what to do, and has its data when there is room",
    async () => {
      const command = commandOf(["disk-full", "--instance", "orders", "--times", "2"], "orders");
      await expectOnPage(command, await ill);
    },
    PATIENCE_MS,
  );
});

describe("npm run fault", () => {
  const run = async (...args: string[]) => {
    const { lines, ended: end } = runLocal("fault.ts", args);
    return { code: await end, lines };
  };
  const data = () => ["--data", env.data];

  it("asks for a fault, lists it and ends it", async () => {
    const asked = await run("no-room", "--instance", "nobody", "--for", "600", ...data());
    expect(asked.lines).toEqual([
      expect.stringMatching(
        /^fault \d+: no-room of instance nobody, --lacks memory, until 20\d\d-.*Z$/,
      ),
      expect.stringMatching(/^"npm run fault -- clear \d+" ends it, and so does the end of/),
    ]);
    const id = /clear (\d+)/.exec(asked.lines[1] ?? "")?.[1] ?? "";

    const listed = await fault("list");
    expect(listed).toContain(asked.lines[0]);
    expect(listed.join("\n")).toContain("  image-cannot-be-pulled         the registry has");
    expect(await fault("clear", id)).toEqual(["1 fault ended"]);
    expect(await run("clear", id, ...data())).toEqual({
      code: 1,
      lines: [`no fault has the id "${id}": it is over, perhaps`],
    });
  }, 60_000);

  it("refuses an option that there is not", async () => {
    const { code, lines } = await run("no-room", "--now");
    expect(code).toBe(1);
    expect(lines[0]).toMatch(/^Unknown option '--now'/);
  });

  it.each([
    ["what there is not", ["flood"], /^there is no fault "flood": ask for one of image-cannot/],
    ["a bad value", ["no-room", "--for", "soon"], /^--for must be a number of seconds/],
    ["nothing", [], /^this is no command:\n/],
    [
      "a folder without an environment",
      ["no-room", "--data", "/nowhere"],
      /^no local environment runs on "\/nowhere": start one with npm start, or give its folder with --data$/,
    ],
  ])("refuses %s in a sentence", async (_what, args, sentence) => {
    await expect(runFault(args, () => undefined)).rejects.toThrow(sentence);
  });
});

describe("when the faults are over", () => {
  it(
    "nothing is left of the creates: no object, no server, no volume, no pod",
    async () => {
      await Promise.all([...under.values(), ill, unwatched]);
      await fault("clear");

      const objects = await instanceObjects(env.kubeconfig);
      const foreign = objects.filter((it) => !/ pg-orders-|^PersistentVolume /.test(it));
      expect(foreign).toEqual([]);
      const { servers, volumes, pods } = await onThisMachine(env.data);
      expect({ servers: servers.length, volumes: volumes.length, pods: pods.length }).toEqual({
        servers: 2,
        volumes: 1,
        pods: 1,
      });
    },
    PATIENCE_MS,
  );
});
