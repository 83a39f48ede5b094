import { existsSync } from "node:fs";
import { join } from "node:path";
import { EVENT, type HistoryEvent } from "../../../local/functions-host/engine/history.ts";
import { PostgresStore } from "../../../local/functions-host/engine/postgres-store.ts";
import type { OrchestrationName } from "../../../src/durable/names.ts";
import { oldestFirst } from "../../../src/durable/versions.ts";
import {
  poll,
  startEnvironment,
  type EnvironmentOptions,
  type TestEnvironment,
} from "../../support/environment.ts";
import { keepRecording, type KeepOptions } from "../keep-recording.ts";
import { recordingOfHistory, recordingOfStatus } from "../new-recording.ts";
import { HISTORIES, placeOf, type Recording } from "../recording.ts";
import { WebhookStatus } from "../webhook-status.ts";
import { statusOf } from "./webhook.ts";

/** A recording that a scenario makes: of which orchestration, and what it is called. */
export interface Case {
  readonly orchestration: OrchestrationName;
  readonly name: string;
}

export interface Scenario {
  readonly title: string;
  /** What it plays in, if not in the usual environment; those that name the same one play in it one by one. */
  readonly environment?: Pick<EnvironmentOptions, "args" | "env">;
  readonly cases: readonly Case[];
  play(stage: Stage): Promise<void>;
}

export interface Wanted {
  /** Waiting: between two steps, with nothing left to do but to wait for a timer. Left out: ended. */
  readonly moment?: "ended" | "waiting";
  /** What stands in a history that went the way which the case is to show: it can be too quick for that. */
  readonly shows: RegExp;
}

/** An environment in which scenarios play, and what records them there. */
export interface Stage {
  readonly env: TestEnvironment;
  /** Waits until an instance waits for the timer that is its so-many-th. */
  waits(instanceId: string, timers: number): Promise<void>;
  /** Records an instance once it has ended, or stands still, as what its function was given. */
  keep(instanceId: string, name: string, wanted: Wanted): Promise<void>;
  /** The same through the webhook. */
  keepWebhook(instanceId: string, name: string, wanted: Wanted): Promise<void>;
}

/** Plays what is not recorded yet, and says what went wrong. */
export async function playAll(
  scenarios: readonly Scenario[],
  options: KeepOptions,
): Promise<readonly string[]> {
  const missing = scenarios.filter(
    ({ cases }) => options.overwrite || cases.some((one) => !isThere(one, options)),
  );
  const problems: string[] = [];
  for (const group of Map.groupBy(missing, ({ environment }) => environment).values()) {
    const env = await startEnvironment(group[0]?.environment);
    const store = new PostgresStore(await env.databaseUrl());
    try {
      for (const scenario of group) {
        console.log(`${scenario.title} …`);
        await scenario
          .play(stageOf(env, store, options))
          .catch((error: unknown) => problems.push(`${scenario.title}: ${String(error)}`));
      }
    } finally {
      await store.close();
      await env.stop();
    }
    const lost = group.flatMap(({ title, cases }) =>
      cases
        .filter((one) => !isThere(one, options))
        .map(({ orchestration, name }) => `${title}: no "${name}" of ${orchestration}`),
    );
    problems.push(...lost);
  }
  return problems;
}

function isThere({ orchestration, name }: Case, { orchestrations, folder }: KeepOptions): boolean {
  const versions = orchestrations.filter((one) => one.name === orchestration);
  const newest = oldestFirst(versions).at(-1);
  if (newest === undefined) return false;
  const place = placeOf({ orchestration, implementation: newest.version }, name);
  return existsSync(join(folder ?? HISTORIES, place));
}

function stageOf(env: TestEnvironment, store: PostgresStore, options: KeepOptions): Stage {
  const { orchestrations } = options;
  const kept = async (recording: Recording, name: string, shows: RegExp): Promise<void> => {
    if (!shows.test(JSON.stringify(recording)))
      throw new Error(`"${name}" came out otherwise and does not show ${String(shows)}`);
    const { path, written } = await keepRecording(recording, name, options);
    console.log(`  ${path}${written ? "" : " is there already"}`);
  };
  return {
    env,
    async waits(instanceId, timers) {
      await poll(
        `"${instanceId}" to wait`,
        async () => {
          const found = await store.history(instanceId);
          const made = found.filter(({ EventType }) => EventType === EVENT.TimerCreated);
          return isAt("waiting", found) && made.length >= timers;
        },
        { ...PATIENCE, everyMs: 20 },
      );
    },
    async keep(instanceId, name, { moment = "ended", shows }) {
      const history = await poll(
        `"${instanceId}" to stand still`,
        async () => {
          const found = await store.history(instanceId);
          return isAt(moment, found) ? found : false;
        },
        PATIENCE,
      );
      await kept(recordingOfHistory(history, orchestrations), name, shows);
    },
    async keepWebhook(instanceId, name, { moment = "ended", shows }) {
      const status = await poll(
        `"${instanceId}" to show that it stands still`,
        async () => {
          const found = await statusOf({ url: env.url }, instanceId);
          return isShownAt(moment, WebhookStatus.parse(found)) ? found : false;
        },
        PATIENCE,
      );
      await kept(recordingOfStatus(status, undefined, orchestrations), name, shows);
    },
  };
}

const PATIENCE = { withinMs: 240_000, everyMs: 100 };

function isAt(moment: Wanted["moment"], history: readonly HistoryEvent[]): boolean {
  if (moment === "ended")
    return history.some(({ EventType }) => EventType === EVENT.ExecutionCompleted);
  return history.at(-2)?.EventType === EVENT.TimerCreated;
}

function isShownAt(moment: Wanted["moment"], { historyEvents }: WebhookStatus): boolean {
  const wanted = moment === "ended" ? "ExecutionCompleted" : "TimerCreated";
  return historyEvents.at(-1)?.EventType === wanted;
}
