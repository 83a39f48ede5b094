import { beginOperation } from "../../../src/activities/begin-operation.ts";
import { monitorId } from "../../../src/domain/names.ts";
import { checkInstanceId } from "../../../src/durable/names.ts";
import { activityContext } from "../../support/activity-context.ts";
import { ref } from "../../support/lifecycle.ts";

const begin = (operationId: string) =>
  beginOperation.execute(
    { ...ref, operationId, kind: "create", token: "t" },
    {
      ledger: {
        begin: async () => ({ outcome: "begun", deadlineAt: "2026-11-21T08:15:00.000Z" }),
      } as never,
    },
    activityContext().context,
  );

it("begins an operation whose monitor can have an id, and refuses the others with a sentence", async () => {
  const longest = "x".repeat(92);
  expect(checkInstanceId(monitorId(longest))).toHaveLength(100);
  await expect(begin(longest)).resolves.toMatchObject({ ok: { outcome: "begun" } });
  await expect(begin(`${longest}x`)).resolves.toMatchObject({
    error: {
      code: "invalid-input",
      message: expect.stringContaining(
        "the id of a create's or delete's orchestration has at most 92 characters",
      ),
    },
  });
});
