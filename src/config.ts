import { readFileSync } from "node:fs";
import { z } from "zod";
import { defaultVersionOf } from "./default-version.ts";
import { Namespace, postgresVersions } from "./domain/instance.ts";

/** Everything that can be set from outside, parsed once; nothing else reads the environment. */
export type Config = ReturnType<typeof toConfig>;

/** Thrown with all that is wrong at once. A value is never repeated: it can be a secret in the wrong place. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const POSTGRES_URL = "must be a URL such as postgres://user:password@host:5432/database";
const CIDR = z.union([z.cidrv4(), z.cidrv6()]);

function isPostgresUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1;
}

const number = (kind: RegExp, min: number, max: number, fallback: number, message: string) =>
  z
    .string()
    .regex(kind, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message))
    .default(fallback);

const whole = (min: number, max: number, fallback: number) =>
  number(/^\d{1,15}$/, min, max, fallback, `must be a whole number from ${min} to ${max}`);

const seconds = (fallback: number) =>
  number(/^\d{1,6}(\.\d{1,3})?$/, 0.1, 86_400, fallback, "must be seconds, from 0.1 to 86400");

const list = (item: z.ZodType<string>, fallback: readonly string[], message: string) =>
  z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .refine((items) => items.every((one) => item.safeParse(one).success), message)
    .default([...fallback]);

const cidrs = list(CIDR, [], "must be CIDR ranges, separated by commas, such as 203.0.113.0/24");

const versions = postgresVersions.join("|");
const DIGEST = new RegExp(`^(${versions})=(sha256:[0-9a-f]{64})$`);

/** One line a setting. */
const Environment = z.object({
  DATABASE_URL: z.string("is required: it " + POSTGRES_URL).refine(isPostgresUrl, POSTGRES_URL),
  DATABASE_POOL_SIZE: whole(1, 100, 10),
  TOYGRES_KUBECONFIG: z.string().optional(),
  CLUSTER_REGION: z
    .string()
    .regex(/^[a-z0-9]{2,40}$/, "must be an Azure region such as westeurope")
    .optional(),
  DEFAULT_ALLOWED_CIDRS: cidrs,
  CONTROL_PLANE_CIDRS: cidrs,
  TOYGRES_NAMESPACES: list(Namespace, ["toygres"], "must be namespaces, separated by commas"),
  MAX_INSTANCES: whole(1, 100_000, 100),
  HEALTH_INTERVAL_SECONDS: seconds(30),
  HEALTH_RETRY_SECONDS: seconds(10),
  HEALTH_WRITE_INTERVAL_SECONDS: seconds(300),
  IMAGE_REGISTRY: z
    .string()
    .regex(
      /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/,
      "must be a registry and a path without a slash at its end, such as registry.example/mirror",
    )
    .optional(),
  IMAGE_DIGESTS: list(
    z.string().regex(DIGEST),
    [],
    `must be digests by version (${versions}), separated by commas, such as 18=sha256:<64 hex digits>`,
  ),
  STORAGE_CLASS: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, "must be the name of a StorageClass")
    .optional(),
  SWEEP_SCHEDULE: z
    .string()
    .regex(
      /^[\d*,/-]+( [\dA-Za-z*,/-]+){5}$/,
      "must be an NCRONTAB expression of six fields, such as 0 * * * * *",
    )
    .default("0 * * * * *"),
  LOG_LEVEL: z.enum(["info", "warn", "error"], "must be one of info, warn, error").default("info"),
});

export const settingNames: readonly string[] = Object.keys(Environment.shape);

function toConfig(env: z.output<typeof Environment>) {
  return {
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    kubeconfig: env.TOYGRES_KUBECONFIG,
    clusterRegion: env.CLUSTER_REGION,
    defaultAllowedCidrs: env.DEFAULT_ALLOWED_CIDRS,
    controlPlaneCidrs: env.CONTROL_PLANE_CIDRS,
    namespaces: env.TOYGRES_NAMESPACES,
    maxInstances: env.MAX_INSTANCES,
    healthIntervalMs: env.HEALTH_INTERVAL_SECONDS * 1_000,
    healthRetryMs: env.HEALTH_RETRY_SECONDS * 1_000,
    healthWriteIntervalMs: env.HEALTH_WRITE_INTERVAL_SECONDS * 1_000,
    imageRegistry: env.IMAGE_REGISTRY,
    imageDigests: digestsByVersion(env.IMAGE_DIGESTS),
    storageClass: env.STORAGE_CLASS,
    sweepSchedule: env.SWEEP_SCHEDULE,
    logLevel: env.LOG_LEVEL,
  } as const;
}

function digestsByVersion(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const [version = "", digest = ""] = pair.split("=");
      return [version, digest];
    }),
  );
}

/** A setting that is empty counts as absent: the portal and settings files cannot say it otherwise. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.entries(env).filter(
    ([, value]) => value !== undefined && value.trim() !== "",
  );
  const result = Environment.safeParse(Object.fromEntries(given));
  if (result.success) return toConfig(result.data);
  const problems = result.error.issues.map(
    ({ path, message }) => `  ${path.map(String).join(".")} ${message}`,
  );
  throw new ConfigError(
    `The configuration is not complete:\n${[...new Set(problems)].join("\n")}\n` +
      "Set these in the app's settings (locally: local.settings.json, see local.settings.sample.json).",
  );
}

export function loadConfig(): Config {
  return parseConfig(process.env);
}

/** The version on which this app's host begins new instances; every host starts an app in the folder of its host.json. */
export function loadDefaultVersion(): string | undefined {
  return defaultVersionOf(readFileSync("host.json", "utf8"), process.env);
}
