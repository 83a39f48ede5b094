import { DomainError } from "../../../src/domain/errors.ts";
import { healthCheck } from "../../../src/orchestrators/health-check.ts";
import { drive, type Answer } from "../../support/drive.ts";
import { answers, called, ref } from "../../support/lifecycle.ts";

const turn = (overrides: Record<string, Answer>) => drive(healthCheck, ref, answers(overrides));

const healthy = { status: "healthy", failures: 0, writtenAt: "2026-11-21T08:00:00.000Z" };

describe("health-check", () => {
  it("checks once, waits as long as the check says, and goes on with what it learnt", async () => {
    const { continuedWith, steps, elapsedMs } = await turn({
      "check-health": () => ({ wanted: true, memory: healthy, nextCheckMs: 30_000 }),
    });

    expect(called(steps)).toEqual(["check-health"]);
    expect(elapsedMs).toBe(30_000);
    expect(continuedWith).toEqual({ ...ref, memory: healthy });
  });

  it("ends by itself when its instance is no longer wanted", async () => {
    const { result, continuedWith } = await turn({
      "check-health": () => ({ wanted: false, memory: healthy, nextCheckMs: 0 }),
    });

    expect(result).toEqual({ ended: "instance-gone" });
    expect(continuedWith).toBeUndefined();
  });

  it("lets the certificate be ensured when the check says so", async () => {
    const { steps } = await turn({
      "check-health": () => ({
        wanted: true,
        memory: healthy,
        nextCheckMs: 30_000,
        certificate: { address: "127.1.0.1" },
      }),
    });

    expect(steps).toContainEqual(
      expect.objectContaining({
        name: "toygres::activity::ensure-certificate",
        input: { ...ref, address: "127.1.0.1" },
      }),
    );
  });

  it.each(["metadata-unavailable", "internal"] as const)(
    "lives on, with what it knew, through a turn that fails with %s",
    async (code) => {
      const { continuedWith, error } = await turn({
        "check-health": () => {
          throw new DomainError(code, "not now");
        },
      });

      expect(error).toBeUndefined();
      expect(continuedWith).toEqual({ ...ref, memory: { status: "unknown", failures: 0 } });
    },
  );
});
