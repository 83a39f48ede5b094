const only = (name, from, allowed) => ({
  name,
  severity: "error",
  from: { path: from },
  to: { path: "^(src|local)/", pathNot: allowed },
});

/** Who may import whom; the picture is in ARCHITECTURE.md. */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: ["\\.d\\.ts$"] },
      to: {},
    },
    only("domain-imports-nothing-of-ours", "^src/domain/", ["^src/domain/"]),
    only("durable-knows-domain", "^src/durable/", ["^src/(domain|durable)/"]),
    only("activities-know-definitions", "^src/activities/", [
      "^src/(domain|durable|activities)/",
      "^src/orchestrators/names\\.ts$",
    ]),
    only("orchestrators-decide", "^src/orchestrators/", [
      "^src/(domain|durable|activities|orchestrators)/",
    ]),
    only("functions-answer", "^src/functions/", [
      "^src/(domain|durable|activities|orchestrators|functions)/",
    ]),
    only("adapters-know-domain", "^src/kubernetes/", ["^src/(domain|kubernetes)/"]),
    only("metadata-knows-domain", "^src/metadata/", ["^src/(domain|metadata)/"]),
    only("postgres-knows-domain", "^src/postgres/", ["^src/(domain|postgres)/"]),
    only("doctor-looks-at-the-adapters", "^src/doctor/", [
      "^src/(domain|identity|kubernetes|metadata|doctor)/",
      "^src/(config|services)\\.ts$",
    ]),
    {
      name: "doctor-is-a-program-of-its-own",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(doctor/|run-doctor\\.ts$)" },
      to: { path: "^src/doctor/" },
    },
    {
      name: "src-never-imports-local",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^local/" },
    },
    {
      name: "local-knows-only-the-entry-point",
      severity: "error",
      from: { path: "^local/", pathNot: ["^local/(up|demo)(/|\\.ts$)"] },
      to: { path: "^(src|dist)/" },
    },
    {
      name: "orchestrators-have-no-io",
      severity: "error",
      from: { path: "^src/orchestrators/" },
      to: { dependencyTypes: ["core", "npm"], pathNot: ["node_modules/zod/"] },
    },
    {
      name: "kubernetes-client-in-its-room",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/kubernetes/" },
      to: { path: "node_modules/@kubernetes/" },
    },
    {
      name: "durable-functions-in-its-room",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(durable/|azure\\.ts$)" },
      to: { path: "node_modules/durable-functions/" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
