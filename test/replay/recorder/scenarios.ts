import {
  CreateInstance,
  DeleteInstance,
  HealthCheck,
  MonitorOperation,
} from "../../../src/orchestrators/names.ts";
import { Operation } from "../../../src/domain/operation.ts";
import { poll } from "../../support/environment.ts";
import { create, ended, remove, type Created } from "../../support/instances.ts";
import { accepted, begin, casesOf, WEBHOOKS } from "./moves.ts";
import type { Scenario, Stage } from "./stage.ts";

const creates = casesOf(CreateInstance);
const deletes = casesOf(DeleteInstance);
const healthChecks = casesOf(HealthCheck);
const monitors = casesOf(MonitorOperation);

const COMPLETED = /"Completed"/;

/** Begins a create and comes back when it is at a step. */
async function createAt({ env }: Stage, step: string, name: string): Promise<Created> {
  const created = await create(env, { name });
  await poll(
    `the create of "${name}" to be at ${step}`,
    async () => {
      const { body } = await env.call("GET", `/operations/${created.operation.id}`);
      const { steps } = Operation.parse(body);
      return steps.some((one) => one.name === step && one.status === "running");
    },
    { everyMs: 20 },
  );
  return created;
}

/** Few and short: each shows another way through an orchestration. */
export const scenarios: readonly Scenario[] = [
  {
    title: "an instance is created, looked after and deleted",
    cases: [
      ...creates("succeeds", "succeeds-webhook"),
      ...healthChecks("between-turns", "between-turns-webhook", "instance-gone"),
      ...monitors("nothing-to-close"),
      ...deletes("running-instance", "running-instance-webhook"),
    ],
    async play(stage) {
      const { instance, operation } = await create(stage.env, { name: "orders" });
      await ended(stage.env, operation.id);
      await stage.keep(operation.id, "succeeds", { shows: COMPLETED });
      await stage.keepWebhook(operation.id, "succeeds-webhook", { shows: COMPLETED });

      const health = `health-${instance.id}`;
      await stage.keep(health, "between-turns", { shows: /check-health/, moment: "waiting" });
      await stage.keepWebhook(health, "between-turns-webhook", {
        shows: /check-health/,
        moment: "waiting",
      });

      const monitor = `monitor-${operation.id}`;
      await begin(stage, MonitorOperation, monitor, { operationId: operation.id });
      await stage.keep(monitor, "nothing-to-close", { shows: /closed\W+false/ });

      const deleted = await remove(stage.env, "orders");
      await ended(stage.env, deleted.id);
      await stage.keep(deleted.id, "running-instance", { shows: /deleted\W+true/ });
      await stage.keepWebhook(deleted.id, "running-instance-webhook", { shows: /deleted\W+true/ });

      const subject = { instanceId: instance.id, instanceName: instance.name };
      await begin(stage, HealthCheck, health, { ...subject, namespace: instance.namespace });
      await stage.keep(health, "instance-gone", { shows: COMPLETED });
    },
  },
  {
    title: "an instance is created without a load balancer",
    cases: creates("succeeds-without-load-balancer"),
    async play(stage) {
      const { operation } = await create(stage.env, { name: "inside", useLoadBalancer: false });
      await ended(stage.env, operation.id);
      await stage.keep(operation.id, "succeeds-without-load-balancer", { shows: COMPLETED });
      await ended(stage.env, (await remove(stage.env, "inside")).id);
    },
  },
  {
    title: "a create is canceled while it looks at its pod, and what is left of it deleted",
    cases: [...creates("canceled"), ...deletes("failed-instance")],
    async play(stage) {
      const { operation } = await createAt(stage, "wait-for-ready", "unwanted");
      await accepted(stage, `/operations/${operation.id}/cancel`);
      await ended(stage.env, operation.id);
      await stage.keep(operation.id, "canceled", { shows: /failed: canceled: / });
      const deleted = await remove(stage.env, "unwanted");
      await ended(stage.env, deleted.id);
      await stage.keep(deleted.id, "failed-instance", { shows: COMPLETED });
    },
  },
  {
    title: "a create is overtaken by a delete",
    cases: [...creates("overtaken"), ...deletes("overtakes-create")],
    async play(stage) {
      const { operation } = await createAt(stage, "wait-for-ready", "regretted");
      const deleted = await remove(stage.env, "regretted");
      await ended(stage.env, deleted.id);
      await stage.keep(operation.id, "overtaken", { shows: /failed: overtaken: / });
      await stage.keep(deleted.id, "overtakes-create", { shows: /get-operation-status/ });
    },
  },
  {
    title: "a create goes on when the cluster was away",
    cases: creates("retries"),
    async play(stage) {
      const { operation } = await createAt(stage, "deploy-postgres", "patient");
      await stage.env.kill9("cluster");
      await ended(stage.env, operation.id);
      await stage.keep(operation.id, "retries", { shows: /FireAt/ });
      await ended(stage.env, (await remove(stage.env, "patient")).id);
    },
  },
  {
    title: "a create is terminated from outside and closed by its monitor",
    cases: [...creates("terminated"), ...monitors("closes-create")],
    async play(stage) {
      const { operation } = await createAt(stage, "wait-for-ready", "lost");
      await accepted(stage, `${WEBHOOKS}/instances/${operation.id}/terminate?reason=recorded`);
      await stage.keep(operation.id, "terminated", { shows: /Terminated/ });
      await stage.keep(`monitor-${operation.id}`, "closes-create", { shows: /closed\W+true/ });
    },
  },
  {
    title: "a create fails at once, since its image cannot be pulled",
    environment: { env: { IMAGE_REGISTRY: "registry.invalid/mirror" } },
    cases: creates("pod-cannot-start"),
    async play(stage) {
      const { operation } = await create(stage.env, { name: "orders" });
      await ended(stage.env, operation.id);
      await stage.keep(operation.id, "pod-cannot-start", { shows: /failed: pod-cannot-start: / });
    },
  },
  {
    title: "a create waits for a volume that nobody makes, until a cancel wakes it",
    environment: { env: { STORAGE_CLASS: "nowhere" } },
    cases: creates("woken", "woken-webhook"),
    async play(stage) {
      const { operation } = await create(stage.env, { name: "orders" });
      await stage.waits(operation.id, 2);
      await accepted(stage, `/operations/${operation.id}/cancel`);
      await ended(stage.env, operation.id);
      await stage.keep(operation.id, "woken", { shows: /failed: canceled: / });
      await stage.keepWebhook(operation.id, "woken-webhook", { shows: /failed: canceled: / });
    },
  },
];
