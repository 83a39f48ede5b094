import { z } from "zod";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import { controlTarget } from "./control-target.ts";
import { subject } from "../domain/subject.ts";

export const testConnection = activity({
  name: "toygres::activity::test-connection",
  description: "Connects over TLS as the control role and reads the server's version",
  idempotent: true,
  input: z.object({ ...subject, address: z.string() }),
  output: z.object({ version: z.string(), connected: z.boolean() }),
  // A load balancer may take a while from its address to its first accepted connection.
  retry: { attempts: 12, firstDelayMs: 500, backoff: 2, maxDelayMs: 15_000 },

  async run(
    { address, ...ref },
    services: Pick<Services, "cluster" | "postgres" | "ledger" | "settings">,
    { orchestrationId },
  ) {
    await services.ledger.assertWanted(ref.instanceId, orchestrationId);
    const { version } = await services.postgres.test(await controlTarget(ref, address, services));
    return { version, connected: true };
  },
});
