import { randomUUID } from "node:crypto";
import { type Invoked, rejected, returned } from "./actions.ts";
import type { Shift } from "./shift.ts";
import { conclude, discard, isEmpty, prepare } from "./episode.ts";
import { EVENT } from "./history.ts";
import type { Episode, Surroundings } from "./outcome.ts";
import type { EpisodeCommit, Lease, LeasedEpisode } from "./store.ts";
import { isNewerThanHost } from "./versions.ts";

/** Runs one episode of an instance: everything or nothing of it is written. */
export class EpisodeRunner {
  readonly #shift: Shift;

  constructor(shift: Shift) {
    this.#shift = shift;
  }

  async run(work: LeasedEpisode): Promise<void> {
    const { store, invoker, clock, faults, log, crash, crashed, defaultVersion } = this.#shift;
    const { instanceId, version } = work.instance;
    if (isNewerThanHost(version, defaultVersion)) {
      // Its lease is left to run out, after which it is looked at again: it neither runs nor fails.
      const known = defaultVersion === null ? "none" : `"${defaultVersion}"`;
      const text = `instance "${instanceId}" began on version "${version}" and stands still: the defaultVersion of this host is ${known}`;
      log("warning", text);
      return;
    }
    const fault = faults.episode(work.instance.name, hasTerminate(work));
    const around: Surroundings = {
      now: clock.now(),
      known: invoker,
      defaultVersion,
      newExecutionId: () => randomUUID().replaceAll("-", ""),
      continueAsNewBeatsTerminate: fault === "terminate-loses",
    };
    const episode = prepare(work, around);
    if (isEmpty(episode)) {
      await store.commitEpisode(work.lease, discard(episode));
      return;
    }
    const invoked = episode.payload === null ? null : await this.#invoke(episode, episode.payload);
    const { commit, remarks } = conclude(episode, invoked, around);
    if (fault === "crash-before-commit") crash();
    if (crashed()) return;
    const kept =
      fault === "crash-after-commit"
        ? await this.#commitAndCrash(work.lease, commit)
        : await store.commitEpisode(work.lease, commit);
    if (!kept) {
      log("warning", `an episode of "${work.instance.instanceId}" was taken over by another host`);
      return;
    }
    for (const { level, text } of remarks) log(level, text);
  }

  async #commitAndCrash(lease: Lease, commit: EpisodeCommit): Promise<boolean> {
    const { store, takeNoMore, crash } = this.#shift;
    takeNoMore();
    try {
      return await store.commitEpisode(lease, commit);
    } finally {
      crash();
    }
  }

  async #invoke({ instance }: Episode, payload: string): Promise<Invoked> {
    const { invoker, signal } = this.#shift;
    const { instanceId, name } = instance;
    try {
      return returned(await invoker.runOrchestrator(name, payload, { instanceId, signal }));
    } catch (error) {
      return rejected(error);
    }
  }
}

function hasTerminate({ messages }: LeasedEpisode): boolean {
  return messages.some(({ event }) => event.EventType === EVENT.ExecutionTerminated);
}
