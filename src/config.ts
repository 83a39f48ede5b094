import { readFileSync } from "node:fs";
import { z } from "zod";
import { defaultVersionOf } from "./default-version.ts";
import { Namespace, postgresVersions } from "./domain/instance.ts";

/** Everything that can be set from outside, parsed once; nothing else reads the environment. */
export type Config = ReturnType<typeof toConfig>;

export type DatabaseSettings =
  | { readonly url: string }
  | { readonly host: string; readonly name: string; readonly user: string };

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

const HOST = /^(?=.{1,253}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/;

const versions = postgresVersions.join("|");
const DIGEST = new RegExp(`^(${versions})=(sha256:[0-9a-f]{64})$`);

/** One line a setting. */
const Environment = z.object({
  DATABASE_URL: z.string().refine(isPostgresUrl, POSTGRES_URL).optional(),
  DATABASE_HOST: z
    .string()
    .regex(HOST, "must be a host name such as db.postgres.database.azure.com")
    .optional(),
  DATABASE_NAME: z.string().max(63, "must be at most 63 characters").default("toygres"),
  DATABASE_USER: z.string().max(63, "must be at most 63 characters").optional(),
  DATABASE_POOL_SIZE: whole(1, 100, 10),
  TOYGRES_KUBECONFIG: z.string().optional(),
  AKS_SUBSCRIPTION_ID: z.guid("must be a subscription's id, a GUID").optional(),
  AKS_RESOURCE_GROUP: z
    .string()
    .regex(/^[\w.()-]{1,89}[\w()-]$|^[\w()-]$/, "must be the name of a resource group")
    .optional(),
  AKS_CLUSTER_NAME: z
    .string()
    .regex(/^[A-Za-z0-9]([\w-]{0,61}[A-Za-z0-9])?$/, "must be the name of an AKS cluster")
    .optional(),
  AZURE_CLIENT_ID: z.guid("must be the client id of a managed identity, a GUID").optional(),
  AZURE_RESOURCE_MANAGER_URL: z
    .string()
    .regex(/^https:\/\/[^/?#@]+\/?$/, "must be a URL such as https://management.azure.com")
    .default("https://management.azure.com"),
  INSTANCE_ACCESS: z
    .enum(["direct", "port-forward"], "must be direct or port-forward")
    .default("direct"),
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

type Parsed = z.output<typeof Environment>;

const AKS = ["AKS_SUBSCRIPTION_ID", "AKS_RESOURCE_GROUP", "AKS_CLUSTER_NAME"] as const;

/** What no single setting shows: `setting message`, by what is there and what is not. */
function inconsistencies(given: Readonly<Record<string, string | undefined>>): readonly string[] {
  const has = (setting: keyof Parsed): boolean => given[setting] !== undefined;
  const aks = AKS.filter(has);
  return [
    ...(has("DATABASE_URL") || has("DATABASE_HOST")
      ? []
      : [
          `DATABASE_URL is required: it ${POSTGRES_URL}; or set DATABASE_HOST and DATABASE_USER to sign in with Entra`,
        ]),
    ...(has("DATABASE_URL") && has("DATABASE_HOST")
      ? ["DATABASE_HOST is set beside DATABASE_URL: remove one of them"]
      : []),
    ...(has("DATABASE_URL") && has("DATABASE_USER")
      ? ["DATABASE_USER counts with DATABASE_HOST only: remove it, or DATABASE_URL"]
      : []),
    ...(has("DATABASE_HOST") && !has("DATABASE_USER")
      ? ["DATABASE_USER is required with DATABASE_HOST: the role of the app's identity"]
      : []),
    ...(aks.length === 0 ? [] : AKS)
      .filter((name) => !has(name))
      .map((name) => `${name} is required with ${aks.join(" and ")}`),
  ];
}

function toConfig(env: Parsed) {
  return {
    database: databaseOf(env),
    databasePoolSize: env.DATABASE_POOL_SIZE,
    kubeconfig: env.TOYGRES_KUBECONFIG,
    aks: aksOf(env),
    azureClientId: env.AZURE_CLIENT_ID,
    instanceAccess: env.INSTANCE_ACCESS,
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

/** By its URL, or as a role whose password is a token of the app's identity. */
function databaseOf(env: Parsed): DatabaseSettings {
  const { DATABASE_URL, DATABASE_HOST = "", DATABASE_NAME, DATABASE_USER = "" } = env;
  if (DATABASE_URL !== undefined) return { url: DATABASE_URL };
  return { host: DATABASE_HOST, name: DATABASE_NAME, user: DATABASE_USER };
}

function aksOf(env: Parsed) {
  const { AKS_SUBSCRIPTION_ID, AKS_RESOURCE_GROUP, AKS_CLUSTER_NAME } = env;
  if (AKS_SUBSCRIPTION_ID === undefined) return undefined;
  return {
    subscriptionId: AKS_SUBSCRIPTION_ID,
    resourceGroup: AKS_RESOURCE_GROUP ?? "",
    clusterName: AKS_CLUSTER_NAME ?? "",
    resourceManagerUrl: env.AZURE_RESOURCE_MANAGER_URL,
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
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ""),
  );
  const result = Environment.safeParse(given);
  const together = inconsistencies(given);
  if (result.success && together.length === 0) return toConfig(result.data);
  const problems = [
    ...(result.error?.issues ?? []).map(
      ({ path, message }) => `${path.map(String).join(".")} ${message}`,
    ),
    ...together,
  ].map((problem) => `  ${problem}`);
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
