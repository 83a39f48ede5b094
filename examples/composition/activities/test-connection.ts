import { DomainError, override, testConnection, type Services } from "toygres";

/**
 * Toygres' own activity of this name, and after it a rule of this house: no server older than `minimumMajor`. Whoever
 * calls it sees the same contract, so create-instance needs no change.
 */
export function testConnectionNotOlderThan(minimumMajor: number) {
  return override(
    testConnection,
    async (
      input,
      services: Pick<Services, "cluster" | "postgres" | "ledger" | "settings">,
      context,
    ) => {
      const tested = await testConnection.run(input, services, context);
      const major = Number(/^PostgreSQL (\d+)/.exec(tested.version)?.[1]);
      if (major >= minimumMajor) return tested;
      throw new DomainError(
        "tenants::version-too-old",
        `instance "${input.instanceName}" runs PostgreSQL ${major}, and tenants get ${minimumMajor} or newer`,
      );
    },
  );
}
