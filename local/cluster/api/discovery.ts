import { apiVersionOf, KINDS, type Kind } from "../store/kinds.ts";

export const VERSION = {
  major: "1",
  minor: "35",
  gitVersion: "v1.35.0+toygres-local",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "none",
  platform: `${process.platform}/${process.arch}`,
};

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const GROUPS = [...new Set(KINDS.map((k) => k.group))].filter((group) => group !== "");

function resourcesOf(kinds: readonly Kind[]): object[] {
  return kinds.flatMap(({ plural, singular, namespaced, kind, shortNames, categories, status }) => [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs: VERBS,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories === undefined ? {} : { categories }),
    },
    ...(status
      ? [
          {
            name: `${plural}/status`,
            singularName: "",
            namespaced,
            kind,
            verbs: ["get", "patch", "update"],
          },
        ]
      : []),
    ...(kind === "Pod"
      ? [
          { name: "pods/log", singularName: "", namespaced, kind, verbs: ["get"] },
          {
            name: "pods/portforward",
            singularName: "",
            namespaced,
            kind,
            verbs: ["create", "get"],
          },
        ]
      : []),
  ]);
}

const groupOf = (name: string): object => {
  const versions = [...new Set(KINDS.filter((k) => k.group === name).map(apiVersionOf))];
  const entries = versions.map((groupVersion) => ({
    groupVersion,
    version: groupVersion.split("/")[1] ?? "",
  }));
  return { name, versions: entries, preferredVersion: entries[0] };
};

const resourceList = (groupVersion: string): object => ({
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion,
  resources: resourcesOf(KINDS.filter((k) => apiVersionOf(k) === groupVersion)),
});

/** What a client learns the cluster from: path → answer. */
export const DISCOVERY: ReadonlyMap<string, object> = new Map<string, object>([
  ["/version", VERSION],
  ["/api", { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] }],
  ["/apis", { kind: "APIGroupList", apiVersion: "v1", groups: GROUPS.map(groupOf) }],
  ["/api/v1", resourceList("v1")],
  ...GROUPS.map((name): [string, object] => [
    `/apis/${name}`,
    { kind: "APIGroup", apiVersion: "v1", ...groupOf(name) },
  ]),
  ...[...new Set(KINDS.filter((k) => k.group !== "").map(apiVersionOf))].map(
    (gv): [string, object] => [`/apis/${gv}`, resourceList(gv)],
  ),
]);
