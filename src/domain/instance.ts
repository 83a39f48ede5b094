import { z } from "zod";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const InstanceId = z.string().regex(UUID, "must be a UUID in lower case");

/** An RFC 1123 label that starts with a letter or a digit and is no UUID, so that `{id}` in a path is never ambiguous. */
export const InstanceName = z
  .string()
  .min(1, "must not be empty")
  .max(40, "must have at most 40 characters")
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    "must be lower-case letters, digits and hyphens, and begin and end with a letter or digit",
  )
  .refine((name) => !UUID.test(name), "must not be a UUID");

export const postgresVersions = ["16", "17", "18"] as const;
export const PostgresVersion = z.enum(postgresVersions);
export type PostgresVersion = z.infer<typeof PostgresVersion>;

/** The rule of Azure for the label of a public IP address. */
export const DnsLabel = z
  .string()
  .min(3, "must have at least 3 characters")
  .max(40, "must have at most 40 characters")
  .regex(
    /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
    "must be lower-case letters, digits and hyphens, begin with a letter and end with a letter or digit",
  );

export const Namespace = z
  .string()
  .max(63, "must have at most 63 characters")
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "must be an RFC 1123 label");

const cidr = z.union([z.cidrv4(), z.cidrv6()], "must be a CIDR range such as 203.0.113.0/24");

/** What a user may ask for; the one schema that has the defaults. */
export const InstanceSpec = z.strictObject({
  name: InstanceName,
  postgresVersion: PostgresVersion.default("18"),
  storageSizeGb: z.int().min(1).max(4096).default(10),
  useLoadBalancer: z.boolean().default(true),
  dnsLabel: DnsLabel.optional(),
  allowedCidrs: z.array(cidr).max(100).optional(),
  namespace: Namespace.default("toygres"),
});
export type InstanceSpec = z.infer<typeof InstanceSpec>;

export const instanceStates = ["creating", "running", "deleting", "deleted", "failed"] as const;
export const InstanceState = z.enum(instanceStates);
export type InstanceState = z.infer<typeof InstanceState>;

export const HealthStatus = z.enum(["healthy", "unhealthy", "unknown"]);
export type HealthStatus = z.infer<typeof HealthStatus>;

/** Why an instance or an operation ended badly. `remaining` names objects that could not be removed. */
export const Failure = z.object({
  code: z.string(),
  message: z.string(),
  /** The one thing to do about it. */
  action: z.string().optional(),
  remaining: z.array(z.string()).optional(),
});
export type Failure = z.infer<typeof Failure>;

const time = z.iso.datetime();

/** An instance as the API shows it; what is not known is absent. */
export const Instance = z.object({
  id: InstanceId,
  name: z.string(),
  namespace: z.string(),
  state: InstanceState,
  healthStatus: HealthStatus,
  healthCheckedAt: time.optional(),
  healthLatencyMs: z.number().optional(),
  healthFailures: z.int(),
  healthMessage: z.string().optional(),
  postgresVersion: PostgresVersion,
  serverVersion: z.string().optional(),
  storageSizeGb: z.int(),
  useLoadBalancer: z.boolean(),
  dnsLabel: z.string().optional(),
  allowedCidrs: z.array(z.string()),
  ipConnectionString: z.string().optional(),
  dnsConnectionString: z.string().optional(),
  externalIp: z.string().optional(),
  dnsName: z.string().optional(),
  certificateCoversAddress: z.boolean().optional(),
  healthCheckOrchestrationId: z.string().optional(),
  operationId: z.string().optional(),
  failure: Failure.optional(),
  createdAt: time,
  updatedAt: time,
  deletedAt: time.optional(),
});
export type Instance = z.infer<typeof Instance>;
