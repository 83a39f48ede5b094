import tseslint from "typescript-eslint";

/** Non-determinism in an orchestrator breaks its replay, so the linter refuses it. */
const determinism = {
  "no-restricted-syntax": [
    "error",
    { selector: "AwaitExpression", message: "Orchestrators yield; they never await." },
    {
      selector: "FunctionDeclaration[async=true]",
      message: "Orchestrators yield; they are never async.",
    },
    {
      selector: "FunctionExpression[async=true]",
      message: "Orchestrators yield; they are never async.",
    },
    {
      selector: "ArrowFunctionExpression[async=true]",
      message: "Orchestrators yield; they are never async.",
    },
    {
      selector: "YieldExpression[delegate=false]",
      message: "Use yield* with a step of src/durable.",
    },
    {
      selector: "NewExpression[callee.name='Date'][arguments.length=0]",
      message: "Use now() of src/durable.",
    },
    { selector: "CallExpression[callee.name='Date']", message: "Use now() of src/durable." },
    {
      selector: "MemberExpression[object.name='Date'][property.name='now']",
      message: "Use now() of src/durable.",
    },
    {
      selector: "MemberExpression[object.name='Math'][property.name='random']",
      message: "Use newGuid() of src/durable.",
    },
    { selector: "ImportExpression", message: "Orchestrators import nothing at run time." },
  ],
  "no-restricted-globals": [
    "error",
    "fetch",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "queueMicrotask",
    "crypto",
    "process",
    "performance",
    "globalThis",
    "require",
  ],
  "no-restricted-imports": [
    "error",
    { patterns: ["node:*", "crypto", "fs", "timers", "timers/*"] },
  ],
};

export default tseslint.config(
  {
    ignores: [
      "**/dist",
      "coverage",
      "node_modules",
      "**/.toygres*",
      "**/*.cjs",
      "**/*.mjs",
      "test/lint-fixtures",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: true },
      ],
      "@typescript-eslint/require-await": "off",
      "no-console": "error",
      complexity: ["error", 12],
      "max-lines": ["error", 300],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/config.ts", "src/orchestrators/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: "Only src/config.ts reads the environment.",
        },
      ],
    },
  },
  { files: ["src/orchestrators/**/*.ts"], rules: determinism },
  {
    files: ["test/**/*.ts", "local/**/*.ts", "bench/**/*.ts", "examples/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-console": "off",
    },
  },
  {
    // Jest's asymmetric matchers are typed as any.
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-unsafe-assignment": "off" },
  },
);
