import { readFileSync } from "node:fs";
import { LIMIT } from "../../../src/functions/sweep-services.ts";
import { silenceMs } from "../../../src/functions/repair-health-checks.ts";
import { evaluate } from "../../support/bicep/evaluate.ts";
import { fromRoot, infra } from "../../support/bicep/files.ts";
import { processesAtMost } from "../../support/bicep/processes.ts";
import { readTemplate } from "../../support/bicep/template.ts";

type Table = ReadonlyMap<string, readonly string[]>;

const page = readFileSync(fromRoot("docs/scale.md"), "utf8");

/** The table that follows `<!-- table: NAME -->`, by its first column without backticks. */
function tableOf(name: string, text = page): Table {
  const [, after] = text.split(`<!-- table: ${name} -->\n\n`);
  if (after === undefined) throw new Error(`docs/scale.md has no table "${name}"`);
  const [, , ...rows] = (after.split("\n\n")[0] ?? "").split("\n");
  const cells = rows.map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
  return new Map(cells.map(([first = "", ...rest]) => [first.replaceAll("`", ""), rest]));
}

const numberOf = (cell: string | undefined): number => Number(cell?.replaceAll(",", ""));

/** A figure of the tables "base" and "limits". */
function figure(id: string): number {
  const row = base.get(id) ?? limits.get(id);
  const value = numberOf(row?.[1]);
  if (Number.isNaN(value)) throw new Error(`docs/scale.md has no figure "${id}"`);
  return value;
}

/** As the page writes numbers: one decimal below ten, none above. */
function shown(value: number): string {
  const digits = value < 10 ? 1 : 0;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

const base = tableOf("base");
const limits = tableOf("limits");
const load = tableOf("load");
const tuned = tableOf("tuned");
const settings = tableOf("settings");
const main = await readTemplate(infra("main.bicep"));
const mainText = readFileSync(infra("main.bicep"), "utf8");
const sizes = JSON.parse(readFileSync(infra("sizes.json"), "utf8")) as Record<string, SizeOfInfra>;
const { extensions } = JSON.parse(readFileSync(fromRoot("host.json"), "utf8")) as HostJson;
const durable = extensions.durableTask;

interface SizeOfInfra {
  readonly poolSize: number;
  readonly database: { readonly skuName: string };
  readonly cluster: {
    readonly tier: string;
    readonly instanceVmSize: string;
    readonly instanceNodesMax: number;
    readonly systemNodes: number;
  };
}
interface HostJson {
  readonly extensions: {
    readonly durableTask: {
      readonly maxConcurrentActivityFunctions: number;
      readonly maxConcurrentOrchestratorFunctions: number;
      readonly storageProvider: { readonly partitionCount: number };
    };
  };
}

/** Seconds between turns: of a healthy instance, of a failing one, and between writes. */
interface Pace {
  readonly interval: number;
  readonly retry: number;
  readonly write: number;
}

/** A row of the arithmetic: what each instance adds; `whole` rounds up, `limit` is what it may come to. */
interface Row {
  readonly per: number;
  readonly whole?: true;
  readonly limit?: number;
}

const MONTH_SECONDS = 30 * 86_400;
/** Objects of a kind that an instance has: two kinds have several, five have one. */
const OBJECTS_BY_KIND = [2, 3, 1, 1, 1, 1, 1];

function rates({ interval, retry, write }: Pace) {
  const turns = 1 / interval;
  const storage = turns * figure("turnStorage");
  const wait = figure("silentSeconds");
  return {
    turns: { per: turns },
    storage: { per: storage, limit: figure("storageRequests") },
    month: { per: (storage * MONTH_SECONDS) / 1e6 },
    actions: { per: turns * figure("turnActions"), limit: figure("consumptionActions") },
    statements: { per: turns * figure("turnStatements") + 1 / write },
    silent: {
      per: wait / (wait + retry),
      limit: figure("processes") * durable.maxConcurrentActivityFunctions,
    },
    refused: { per: figure("failingCalls") / retry },
  } satisfies Record<string, Row>;
}

function rows(pace: Pace): Record<string, Row> {
  const turns = 1 / pace.interval;
  const large = sizes["large"]!.cluster;
  const slots = figure("partitions") * durable.maxConcurrentOrchestratorFunctions;
  const node = 1 / figure("disksPerNode");
  return {
    ...rates(pace),
    rules: { per: 1, limit: figure("rules") - 1 },
    addresses: { per: 1, limit: figure("addresses") - figure("ownAddresses") },
    nodes: { per: node, whole: true, limit: large.instanceNodesMax },
    ranges: { per: node, whole: true, limit: figure("nodeRanges") - large.systemNodes },
    nodePorts: { per: figure("nodePorts"), limit: figure("portRange") },
    pods: { per: 1, limit: figure("podsPerNamespace") },
    services: { per: figure("services"), limit: figure("servicesPerCluster") },
    disks: { per: 1, limit: figure("disks") },
    unit: { per: turns * figure("turnActions"), limit: figure("unitActions") },
    slots: { per: turns * figure("turnSeconds"), limit: slots },
    queue: { per: turns * figure("turnWorkItems"), limit: figure("queueMessages") },
    forwards: { per: turns * figure("turnForwards") },
    anew: { per: 1 / figure("sweepItems"), whole: true },
    hours: { per: figure("loadBalancerSeconds") / 3_600 },
  };
}

const pagesFor = (instances: number): number =>
  OBJECTS_BY_KIND.map((each) => Math.ceil((each * instances) / figure("pageObjects"))).reduce(
    (sum, pages) => sum + pages,
  );

const come = ({ per, whole }: Row, instances: number): string =>
  shown(whole ? Math.ceil(per * instances) : per * instances);

function loadCells(row: Row): string[] {
  const { limit, per } = row;
  const ends =
    limit === undefined ? ["–", "–"] : [shown(limit), shown(Math.floor(limit / per + 1e-6))];
  return [...[100, 1_000, 10_000].map((instances) => come(row, instances)), ...ends];
}

const templatePace = {
  interval: defaultOf("HEALTH_INTERVAL_SECONDS"),
  retry: defaultOf("HEALTH_RETRY_SECONDS"),
  write: defaultOf("HEALTH_WRITE_INTERVAL_SECONDS"),
};

/** What main.bicep sets unless told otherwise. */
function defaultOf(name: string): number {
  return Number(new RegExp(`\\b${name}: '(\\d+)'`).exec(mainText)?.[1]);
}

const parameter = (name: string): number => Number(evaluate(main.parameters.get(name)!.default!));

const SIZES = ["small", "medium", "large"] as const;
const settingOf = (name: string, size: (typeof SIZES)[number]): string =>
  settings.get(name)?.[SIZES.indexOf(size)] ?? `no row "${name}"`;
const numeric = (name: string, size: (typeof SIZES)[number]): number =>
  numberOf(settingOf(name, size));
const paceOf = (size: (typeof SIZES)[number]): Pace => ({
  interval: numeric("HEALTH_INTERVAL_SECONDS", size),
  retry: numeric("HEALTH_RETRY_SECONDS", size),
  write: numeric("HEALTH_WRITE_INTERVAL_SECONDS", size),
});

describe("the arithmetic of docs/scale.md", () => {
  it("is what its base figures, its limits, infra/ and host.json come to", () => {
    const computed = Object.entries(rows(templatePace)).map(
      ([id, row]) => [id, loadCells(row)] as const,
    );
    const lists = [...[100, 1_000, 10_000].map((count) => shown(pagesFor(count))), "–", "–"];
    const cells = [...load].map(([id, row]) => [id, row.slice(2)] as const);
    expect(Object.fromEntries(cells)).toEqual({ ...Object.fromEntries(computed), lists });
  });

  it("names first what is reached first", () => {
    const reached = [...load.values()].map((row) => numberOf(row.at(-1))).filter(Number.isFinite);
    expect(reached).toEqual([...reached].sort((one, other) => one - other));
  });

  it("says what the settings of each size come to", () => {
    const expected = SIZES.map((size) => {
      const pace = paceOf(size);
      const instances = numeric("instances", size);
      const times = {
        healthIntervalMs: pace.interval * 1e3,
        healthRetryMs: pace.retry * 1e3,
        healthWriteIntervalMs: pace.write * 1e3,
      };
      return {
        ...Object.fromEntries(
          Object.entries(rates(pace)).map(([id, row]) => [id, come(row, instances)]),
        ),
        unhealthy: shown(pace.interval + 2 * pace.retry + 3 * figure("silentSeconds")),
        heard: shown(silenceMs(times) / 1_000),
      };
    });
    const onPage = SIZES.map((_, column) =>
      Object.fromEntries([...tuned].map(([id, row]) => [id, row[column + 1]])),
    );
    expect(onPage).toEqual(expected);
  });

  it("rests on the bounds that the code has", () => {
    expect(figure("sweepItems")).toBe(LIMIT);
    expect(OBJECTS_BY_KIND.reduce((sum, each) => sum + each)).toBe(figure("objects"));
  });

  it("is seen to differ when one cell is edited alone", () => {
    const edited = tableOf("load", page.replace("| 40 | 400 | 4,000 |", "| 40 | 400 | 4,400 |"));
    expect(edited.get("storage")?.slice(2)).not.toEqual(loadCells(rows(templatePace)["storage"]!));
  });
});

describe("the settings of docs/scale.md", () => {
  it.each(SIZES)("are those of infra/sizes.json: %s", (size) => {
    const { poolSize, database, cluster } = sizes[size]!;
    expect({
      poolSize: numeric("DATABASE_POOL_SIZE", size),
      database: settingOf("database", size),
      tier: settingOf("cluster's tier", size),
      machine: settingOf("machines for instances", size),
      machines: numeric("machines at most", size),
    }).toEqual({
      poolSize,
      database: database.skuName,
      tier: cluster.tier,
      machine: cluster.instanceVmSize,
      machines: cluster.instanceNodesMax,
    });
  });

  it.each(SIZES)("are those of host.json: %s", (size) => {
    expect([
      numeric("partitionCount", size),
      numeric("maxConcurrentActivityFunctions", size),
      numeric("maxConcurrentOrchestratorFunctions", size),
    ]).toEqual([
      durable.storageProvider.partitionCount,
      durable.maxConcurrentActivityFunctions,
      durable.maxConcurrentOrchestratorFunctions,
    ]);
    expect(figure("partitions")).toBe(durable.storageProvider.partitionCount);
  });

  it("are the templates' defaults where the page says that `size` gives them", () => {
    expect(paceOf("small")).toEqual(templatePace);
    expect(paceOf("medium")).toEqual(templatePace);
    expect(numeric("MAX_INSTANCES", "medium")).toBe(parameter("maxInstances"));
    expect(figure("processes")).toBe(parameter("maximumInstanceCount"));
  });

  it("hold as many connections as the page says", () => {
    const [small, medium, large] = SIZES.map(
      (size) => processesAtMost(main) * sizes[size]!.poolSize,
    );
    expect(page.replace(/\s+/g, " ")).toContain(
      `so ${processesAtMost(main)} × 4 = ${small}, ${medium} and ${large}, against`,
    );
  });

  it.each(SIZES)("fit into one another: %s", (size) => {
    const instances = numeric("MAX_INSTANCES", size);
    expect(instances).toBe(numeric("instances", size));
    expect(instances).toBeLessThanOrEqual(
      numeric("disks a machine", size) * numeric("machines at most", size),
    );
    expect(numeric("maximumInstanceCount", size)).toBe(parameter("maximumInstanceCount"));
    expect(processesAtMost(main) * numeric("DATABASE_POOL_SIZE", size)).toBeLessThanOrEqual(
      numeric("connections for users", size),
    );
    expect(numeric("load balancers at most", size)).toBe(Math.min(instances, figure("rules") - 1));
  });
});
