import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { HealthMemory, nextHealth, type Observation } from "../domain/health.ts";
import type { Instance } from "../domain/instance.ts";
import type { HealthRecord } from "../domain/metadata.ts";
import type { ControlTarget } from "../domain/postgres.ts";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import type { Log } from "../durable/log.ts";
import { controlTarget, rememberedTargets } from "./control-target.ts";
import { brief } from "./retries.ts";
import { subject, type Subject } from "../domain/subject.ts";

/** An address that the certificate does not cover is looked at again after this, everything else daily. */
const UNCOVERED_LOOK_MS = 60_000;
const CERTIFICATE_LOOK_MS = 24 * 3_600_000;

type Needs = Pick<Services, "cluster" | "postgres" | "settings" | "clock"> & {
  readonly ledger: Pick<Services["ledger"], "findInstance" | "recordHealth">;
};

export const checkHealth = activity({
  name: "toygres::activity::check-health",
  description: "Connects to an instance, times it, and records what changed",
  idempotent: true,
  input: z.object({ ...subject, memory: HealthMemory }),
  output: z.object({
    /** False once the instance is deleting, deleted or failed: the loop ends. */
    wanted: z.boolean(),
    memory: HealthMemory,
    nextCheckMs: z.number(),
    /** What ensure-certificate is to be called with, when it is due. */
    certificate: z
      .object({
        address: z.string(),
        externalIp: z.string().optional(),
        dnsLabel: z.string().optional(),
      })
      .optional(),
  }),
  retry: brief,
  quiet: true,

  async run({ memory, ...ref }, services: Needs, { log }) {
    const { ledger, settings, clock } = services;
    const gone = { wanted: false, memory, nextCheckMs: 0 };
    const instance = await ledger.findInstance(ref.instanceId);
    if (!instance || (instance.state !== "creating" && instance.state !== "running")) {
      rememberedTargets(services).delete(ref.instanceId);
      return gone;
    }

    const observed = await observe(ref, instance, services);
    const now = clock.now();
    const health = nextHealth(before(memory, instance), observed);
    const writes = isWriteDue(memory, health, now, settings.healthWriteIntervalMs);
    const told = (from: Health["status"]): void => noteChange(ref, from, health, observed, log);
    const record = recordOf(ref.instanceId, health, observed, now);
    if (writes && !(await ledger.recordHealth(record, told))) return gone;

    const looks = observed.ok && isCertificateDue(instance, memory, now);
    return {
      wanted: true,
      nextCheckMs: health.failures > 0 ? settings.healthRetryMs : settings.healthIntervalMs,
      memory: {
        ...memory,
        ...health,
        ...(writes && { writtenAt: now.toISOString() }),
        ...(looks && { certificateSeenAt: now.toISOString() }),
      },
      ...(looks && {
        certificate: {
          address: observed.address,
          externalIp: instance.externalIp,
          dnsLabel: instance.dnsLabel,
        },
      }),
    };
  },
});

type Health = Pick<HealthMemory, "status" | "failures">;

/** A loop that was started anew goes on where the one before it ended. */
function before(memory: HealthMemory, { healthStatus, healthFailures }: Instance): Health {
  return memory.writtenAt ? memory : { status: healthStatus, failures: healthFailures };
}

/** On a change, on each failure, and otherwise now and then. */
function isWriteDue(memory: HealthMemory, health: Health, now: Date, everyMs: number): boolean {
  if (health.status !== memory.status || health.failures > 0 || !memory.writtenAt) return true;
  return now.getTime() - Date.parse(memory.writtenAt) >= everyMs;
}

/** What the cluster says can be long; the whole of it is in the metadata. */
const REASON_LENGTH = 300;

function noteChange(
  { instanceId, instanceName }: Subject,
  from: Health["status"],
  { status: to }: Health,
  observed: Observation,
  log: Log,
): void {
  log[to === "unhealthy" ? "warn" : "info"]("health.changed", {
    instanceId,
    instanceName,
    from,
    to,
    ...(!observed.ok && { reason: observed.message.slice(0, REASON_LENGTH) }),
  });
}

function recordOf(
  instanceId: string,
  health: Health,
  observed: Observation,
  now: Date,
): HealthRecord {
  const facts = observed.ok
    ? { latencyMs: observed.latencyMs, serverVersion: observed.version }
    : { message: observed.message };
  return { instanceId, ...health, checkedAt: now.toISOString(), ...facts };
}

async function observe(
  ref: Subject,
  { externalIp }: Instance,
  services: Needs,
): Promise<Observation> {
  try {
    return await reach(ref, externalIp, services);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { ok: false, message: await reasonOf(ref, error, services) };
  }
}

/** Where it was last reached, first; what is remembered may be out of date, so a failure has it read again. */
async function reach(
  ref: Subject,
  externalIp: string | undefined,
  services: Needs,
): Promise<Observation> {
  const targets = rememberedTargets(services);
  const last = targets.get(ref.instanceId);
  if (last === undefined || (externalIp ?? last.address) !== last.address) {
    return reachAnew(await targetOf(ref, externalIp, services));
  }
  try {
    return await test(last);
  } catch (error) {
    const now = await targetOf(ref, externalIp, services).catch(() => last);
    if (isDeepStrictEqual(now, last)) throw error;
    return reachAnew(now);
  }

  async function reachAnew(target: ControlTarget): Promise<Observation> {
    const found = await test(target);
    targets.set(ref.instanceId, target);
    return found;
  }

  async function test(target: ControlTarget): Promise<Observation> {
    const { latencyMs, version } = await services.postgres.test(target);
    return { ok: true, address: target.address, latencyMs, version };
  }
}

async function targetOf(
  ref: Subject,
  externalIp: string | undefined,
  services: Needs,
): Promise<ControlTarget> {
  const address = externalIp ?? (await services.cluster.endpoint(ref, "internal", 0)).clusterIp;
  if (address === undefined) {
    throw new DomainError("instance-unreachable", "the instance has no address");
  }
  return controlTarget(ref, address, services);
}

/** The pod's own reason says more than a refused connection does. */
async function reasonOf(ref: Subject, error: DomainError, { cluster }: Needs): Promise<string> {
  try {
    const { ready, waitingFor, action } = await cluster.readiness(ref, 0);
    if (ready || !waitingFor) return error.message;
    return `${error.message}; ${waitingFor}${action ? `. ${action}` : ""}`;
  } catch (second) {
    if (!(second instanceof DomainError)) throw second;
    return `${error.message}; ${second.message}`;
  }
}

function isCertificateDue(instance: Instance, memory: HealthMemory, now: Date): boolean {
  if (instance.state !== "running") return false;
  const every = instance.certificateCoversAddress ? CERTIFICATE_LOOK_MS : UNCOVERED_LOOK_MS;
  const last = memory.certificateSeenAt ?? instance.createdAt;
  return now.getTime() - Date.parse(last) >= every;
}
