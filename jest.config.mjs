/** One project; test files run side by side in two workers. Every file makes and removes what it needs. */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: [
    "/node_modules/",
    "<rootDir>/test/scale/",
    "<rootDir>/test/soak/",
    "<rootDir>/dist/",
  ],
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/build/", "<rootDir>/.toygres/"],
  extensionsToTreatAsEsm: [".ts"],
  // Our own package by its name, as the example's library imports it, from source and so only once.
  moduleNameMapper: {
    "^toygres$": "<rootDir>/src/index.ts",
    "^toygres/client$": "<rootDir>/src/client.ts",
  },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2024" },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
  reporters: ["default", "<rootDir>/test/support/summary-reporter.mjs"],
  maxWorkers: 2,
  testTimeout: 60_000,
};
