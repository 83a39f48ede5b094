import fc from "fast-check";

/** One thing that a user, an operator or bad luck does; plain data, so that a sequence can be kept. */
export type Step =
  | { readonly do: "create"; readonly name: number; readonly key?: number }
  | { readonly do: "create-twice-at-once"; readonly name: number; readonly key: number }
  | { readonly do: "delete"; readonly name: number }
  | { readonly do: "delete-twice-at-once"; readonly name: number }
  | { readonly do: "cancel"; readonly name: number }
  | { readonly do: "wait"; readonly seconds: number }
  | { readonly do: "sweep" }
  | {
      readonly do: "engine";
      readonly fault:
        "crash-before" | "crash-after" | "run-twice" | "lose-answer" | "fail" | "fail-after";
      /** The next so many calls go well before it. */
      readonly after: number;
    }
  | {
      readonly do: "api";
      readonly fault: 403 | 404 | 409 | 429 | 500 | 503 | "cut" | "lose-reply";
      readonly after: number;
      readonly times: number;
    }
  | { readonly do: "metadata-gone"; readonly seconds: number }
  | { readonly do: "backend-gone"; readonly seconds: number }
  | {
      readonly do: "pods";
      readonly name: number;
      readonly are: "well" | "never-ready" | "no-image";
    }
  | { readonly do: "kill-pod"; readonly name: number }
  | {
      readonly do: "terminate" | "purge" | "suspend";
      readonly what: "create" | "delete" | "health-check";
      readonly name: number;
    };

const name = fc.nat(2);
const what = fc.constantFrom("create" as const, "delete" as const, "health-check" as const);

/** Each kind as often as it is worth. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      { do: fc.constant("create" as const), name, key: fc.nat(1) },
      { requiredKeys: ["do", "name"] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("create-twice-at-once" as const),
      name,
      key: fc.nat(1),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("delete" as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete-twice-at-once" as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), name }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      seconds: fc.constantFrom(0, 1, 5, 20, 70, 400, 1_300),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "sweep" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("engine" as const),
      fault: fc.constantFrom(
        "crash-before" as const,
        "crash-after" as const,
        "run-twice" as const,
        "lose-answer" as const,
        "fail" as const,
        "fail-after" as const,
      ),
      after: fc.nat(12),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("api" as const),
      fault: fc.constantFrom(
        403 as const,
        404 as const,
        409 as const,
        429 as const,
        500 as const,
        503 as const,
        "cut" as const,
        "lose-reply" as const,
      ),
      after: fc.nat(60),
      times: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("metadata-gone" as const),
      seconds: fc.constantFrom(1, 10, 40),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("backend-gone" as const),
      seconds: fc.constantFrom(1, 10, 40),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("pods" as const),
      name,
      are: fc.constantFrom("well" as const, "never-ready" as const, "no-image" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("kill-pod" as const), name }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("terminate" as const, "purge" as const, "suspend" as const),
      what,
      name,
    }),
  },
);
