import tseslint from "typescript-eslint";
import { determinism } from "./determinism.eslint.mjs";

export default tseslint.config(
  {
    ignores: [
      "**/dist",
      "build",
      "coverage",
      "node_modules",
      "**/.toygres*",
      "**/*.cjs",
      "**/*.mjs",
      "test/lint-fixtures/*/",
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
    ignores: ["src/config.ts"],
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
  determinism({ files: ["src/orchestrators/**/*.ts", "examples/*/orchestrators/**/*.ts"] }),
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
