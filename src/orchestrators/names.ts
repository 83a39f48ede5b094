import { z } from "zod";
import { HealthMemory } from "../domain/health.ts";
import { InstanceId, InstanceSpec } from "../domain/instance.ts";
import { subject } from "../domain/subject.ts";
import type { OrchestrationContract } from "../durable/orchestration.ts";
import type { Schema } from "../durable/wire.ts";

/** The name and schemas by which callers outside start an orchestration; its code stands in the file of its name. */
function contract<I extends Schema, O extends Schema>(
  of: Omit<OrchestrationContract<I, O>, "kind">,
): OrchestrationContract<I, O> {
  return { kind: "orchestration", ...of };
}

const ObjectRef = z.object({ kind: z.string(), name: z.string(), uid: z.string() });

/** The id of the orchestration is the id of the operation. */
export const CreateInstance = contract({
  name: "toygres::orchestration::create-instance",
  version: "1.0",
  description:
    "Creates an instance: deploys it, waits for it, tests it and starts its health check",
  input: z.object({ instanceId: InstanceId, ...InstanceSpec.shape }),
  output: z.object({
    instanceName: z.string(),
    namespace: z.string(),
    ipConnectionString: z.string(),
    dnsConnectionString: z.string().optional(),
    externalIp: z.string().optional(),
    dnsName: z.string().optional(),
    postgresVersion: z.string(),
    deploymentTimeSeconds: z.number(),
  }),
});

/** The id of the orchestration is the id of the operation. */
export const DeleteInstance = contract({
  name: "toygres::orchestration::delete-instance",
  version: "1.0",
  description:
    "Stops what runs for an instance, removes its objects and makes sure that nothing is left",
  input: z.object(subject),
  output: z.object({
    instanceName: z.string(),
    deleted: z.boolean(),
    removed: z.array(ObjectRef),
  }),
});

/** Its id is `health-<instanceId>`. */
export const HealthCheck = contract({
  name: "toygres::orchestration::health-check",
  version: "1.0",
  description: "Looks after one instance for as long as it lives",
  input: z.object({ ...subject, memory: HealthMemory.prefault({}) }),
  output: z.object({ ended: z.literal("instance-gone") }),
});

/** Its id is `monitor-<operationId>`. */
export const MonitorOperation = contract({
  name: "toygres::orchestration::monitor-operation",
  version: "1.0",
  description:
    "Closes an operation whose orchestration ended without doing so, or is past its deadline",
  input: z.object({ operationId: z.string() }),
  output: z.object({ closed: z.boolean() }),
});
