// An app whose orchestrations have the versions that VERSIONS names, built on Toygres' durable layer as anyone's would be.
import {
  activity,
  callOrchestration,
  call,
  continueAsNew,
  library,
  orchestration,
  register,
  waitForEvent,
} from "toygres";
import { z } from "zod";

const versions = process.env.VERSIONS.split(",");
const Go = z.object({});

const say = activity({
  name: "test::activity::say",
  description: "gives back what it is told",
  idempotent: true,
  input: z.object({ text: z.string() }),
  output: z.object({ text: z.string() }),
  run: async ({ text }) => ({ text }),
});

const task = {
  name: "test::orchestration::task",
  description: "waits for go and says on which version it runs",
  input: z.object({}),
  output: z.object({ by: z.string() }),
  uses: [say],
};
const tasks = {
  "1.0": orchestration({
    ...task,
    version: "1.0",
    *run(ctx) {
      yield* waitForEvent(ctx, "go", Go);
      return { by: (yield* call(ctx, say, { text: "1.0" })).text };
    },
  }),
  // Other steps in another order: an instance that began on 1.0 could not go on with it.
  "2.0": orchestration({
    ...task,
    version: "2.0",
    *run(ctx) {
      const { text } = yield* call(ctx, say, { text: "2.0" });
      yield* waitForEvent(ctx, "go", Go);
      yield* call(ctx, say, { text: "done" });
      return { by: text };
    },
  }),
};

const parent = orchestration({
  name: "test::orchestration::parent",
  version: versions[0],
  description: "waits for go, then calls a task",
  input: z.object({ id: z.string() }),
  output: task.output,
  uses: [tasks["1.0"]],
  *run(ctx, { id }) {
    yield* waitForEvent(ctx, "go", Go);
    return yield* callOrchestration(ctx, tasks["1.0"], {}, { instanceId: id });
  },
});

const steady = orchestration({
  name: "test::orchestration::steady",
  version: "1.0",
  description: "is the same in each release: waits for go",
  input: z.object({}),
  output: task.output,
  uses: [],
  *run(ctx) {
    yield* waitForEvent(ctx, "go", Go);
    return { by: "1.0" };
  },
});
const begin = activity({
  name: "test::activity::begin",
  description: "starts what is steady, as an orchestration of its own",
  idempotent: true,
  input: z.object({ id: z.string() }),
  output: z.object({}),
  uses: [steady],
  run: async ({ id }, _services, { durable }) => {
    await durable.start(steady, {}, { id });
    return {};
  },
});
const starter = orchestration({
  name: "test::orchestration::starter",
  version: "1.0",
  description: "has an activity start what is steady",
  input: z.object({ id: z.string() }),
  output: z.object({}),
  uses: [begin],
  *run(ctx, { id }) {
    return yield* call(ctx, begin, { id });
  },
});

const turn = {
  name: "test::orchestration::loop",
  description: "goes on with a fresh history at each go, three times",
  input: z.object({ seen: z.array(z.string()).default([]) }),
  output: z.object({ seen: z.array(z.string()) }),
  uses: [],
};
const loopOf = (version) =>
  orchestration({
    ...turn,
    version,
    *run(ctx, { seen }) {
      if (seen.length === 3) return { seen };
      yield* waitForEvent(ctx, "go", Go);
      return continueAsNew(ctx, { seen: [...seen, version] });
    },
  });

register(
  library("test", {
    orchestrations: [
      ...versions.flatMap((version) => [tasks[version], loopOf(version)]),
      parent,
      steady,
      starter,
    ],
    activities: [say, begin],
  }),
  {},
  { defaultVersion: process.env.DEFAULT_VERSION },
);
