import { format } from "prettier";
import { textOfQuery } from "./files.ts";

/**
 * The workbook as Azure keeps it: a list of items, each with a type by number. Its queries are the files, so that what
 * the tests prove of them holds here too; an id that a file leaves open becomes a field of the workbook.
 */
export function workbook(): object {
  return {
    version: "Notebook/1.0",
    items: [head, parameters, tabs, ...TABS.map(({ name, items }) => group(name, items))],
    fallbackResourceIds: ["__APPLICATION_INSIGHTS_ID__"],
    $schema:
      "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
  };
}

/** What stands in the files where a person writes an id. */
const FIELDS: Readonly<Record<string, string>> = {
  '"OPERATION-ID"': '"{OperationId}"',
  '"REQUEST-ID"': '"{RequestId}"',
  '"AUDIT-ID"': '"{AuditId}"',
};

type Shape = "table" | "timechart" | "barchart";

interface Item {
  readonly query: string;
  readonly title: string;
  readonly as?: Shape;
}

const TABS: readonly { readonly name: string; readonly items: readonly Item[] }[] = [
  {
    name: "Now",
    items: [
      { query: "gauges", title: "How things stood, minute by minute", as: "timechart" },
      { query: "unhealthy-instances", title: "Unhealthy now" },
      { query: "errors", title: "Unexpected errors" },
    ],
  },
  {
    name: "Operations",
    items: [
      { query: "creates-per-day", title: "Creates a day" },
      { query: "failures-by-code", title: "Failures by code" },
      { query: "step-durations", title: "How long each step takes, in ms" },
    ],
  },
  {
    name: "Requests",
    items: [
      { query: "requests-by-endpoint", title: "Requests by endpoint, in ms" },
      { query: "cold-starts", title: "Cold starts" },
    ],
  },
  {
    name: "Cluster",
    items: [
      { query: "slow-kubernetes-calls", title: "Slow and refused calls of the Kubernetes API" },
      { query: "health-checks-missing", title: "Health checks that were missing" },
    ],
  },
  {
    name: "Follow",
    items: [
      { query: "request-trail", title: "What the request of that id did" },
      { query: "operation-timeline", title: "What happened in the operation of that id" },
      { query: "aks-audit", title: "The call of that audit id in the cluster's audit log" },
    ],
  },
  { name: "Costs", items: [{ query: "log-costs", title: "What the log costs, by event" }] },
];

const head = {
  type: 1,
  name: "head",
  content: {
    json: "# Toygres\nWhat each number means, and what to do, is in docs/monitoring.md.",
  },
};

const text = (name: string, label: string) => ({
  version: "KqlParameterItem/1.0",
  name,
  label,
  type: 1,
  value: "",
});

const HOUR_MS = 3_600_000;

const parameters = {
  type: 9,
  name: "parameters",
  content: {
    version: "KqlParameterItem/1.0",
    style: "pills",
    queryType: 0,
    resourceType: "microsoft.insights/components",
    parameters: [
      {
        version: "KqlParameterItem/1.0",
        name: "TimeRange",
        label: "Time range",
        type: 4,
        value: { durationMs: 24 * HOUR_MS },
        typeSettings: {
          selectableValues: [1, 4, 24, 7 * 24, 30 * 24].map((hours) => ({
            durationMs: hours * HOUR_MS,
          })),
          allowCustom: true,
        },
      },
      text("RequestId", "Request id"),
      text("OperationId", "Operation id"),
      text("AuditId", "Audit id"),
    ],
  },
};

const tabs = {
  type: 11,
  name: "tabs",
  content: {
    version: "LinkItem/1.0",
    style: "tabs",
    links: TABS.map(({ name }) => ({
      linkTarget: "parameter",
      cellValue: "Tab",
      linkLabel: name,
      subTarget: name,
      style: "link",
    })),
  },
};

function group(name: string, items: readonly Item[]): object {
  return {
    type: 12,
    name,
    conditionalVisibility: { parameterName: "Tab", comparison: "isEqualTo", value: name },
    content: { version: "NotebookGroup/1.0", groupType: "editable", items: items.map(queryItem) },
  };
}

function queryItem({ query, title, as = "table" }: Item): object {
  // The one that asks the workspace, where the cluster's audit log is.
  const ofWorkspace = query === "aks-audit";
  return {
    type: 3,
    name: query,
    content: {
      version: "KqlItem/1.0",
      query: withFields(textOfQuery("queries", query)),
      size: 0,
      title,
      timeContextFromParameter: "TimeRange",
      queryType: 0,
      resourceType: ofWorkspace
        ? "microsoft.operationalinsights/workspaces"
        : "microsoft.insights/components",
      ...(ofWorkspace && { crossComponentResources: ["__LOG_ANALYTICS_WORKSPACE_ID__"] }),
      visualization: as,
    },
  };
}

function withFields(query: string): string {
  return Object.entries(FIELDS).reduce((all, [from, to]) => all.replaceAll(from, to), query);
}

/** The text of workbook.json, as prettier leaves it. */
export const workbookText = (): Promise<string> =>
  format(JSON.stringify(workbook()), { parser: "json", printWidth: 100 });
