/** Ends a run with one plain line that any tool can read. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numFailedTestSuites, numRuntimeErrorTestSuites } =
      results;
    // A file that could not even be loaded has no failed tests of its own.
    const failed =
      numFailedTests +
      (numFailedTests === 0 ? Math.max(numFailedTestSuites, numRuntimeErrorTestSuites) : 0);
    // Jest's own summary comes after every reporter.
    process.once("exit", () =>
      process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`),
    );
  }
}
