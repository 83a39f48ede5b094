import type { FunctionMetadata, Handler, ProgrammingModel } from "./core.ts";
import type { Log, LogLevel } from "../logs/log.ts";

export const HOOK_NAMES = [
  "appStart",
  "appTerminate",
  "preInvocation",
  "postInvocation",
  "log",
] as const;
export type HookName = (typeof HOOK_NAMES)[number];
export type Hook = (context: Record<string, unknown>) => unknown;

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly handler: Handler;
}

class Disposable {
  readonly #undo: () => void;

  constructor(undo: () => void = () => undefined) {
    this.#undo = undo;
  }

  dispose(): void {
    this.#undo();
  }
}

/** Collects what an app registers while it loads; `core` is what `require("@azure/functions-core")` gives it. */
export class Registry {
  readonly functions = new Map<string, RegisteredFunction>();
  readonly hooks: Record<HookName, Hook[]> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
    log: [],
  };
  readonly appHookData: Record<string, unknown> = {};
  model: ProgrammingModel | undefined;
  #frozen = false;
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  readonly core = {
    version: "3.9.1",
    hostVersion: "4.1037.0",
    Disposable,
    setProgrammingModel: (model: ProgrammingModel): void => {
      this.model = model;
    },
    getProgrammingModel: (): ProgrammingModel | undefined => this.model,
    registerFunction: (metadata: FunctionMetadata, handler: Handler): Disposable =>
      this.#register(metadata, handler),
    registerHook: (name: string, hook: Hook): Disposable => this.#hook(name, hook),
    log: (level: LogLevel, category: string, message: string): void => {
      this.#log({ level, category: `Worker.${category}`, text: message });
    },
  };

  /** From now on nothing more is registered, as in the real worker. */
  freeze(): void {
    this.#frozen = true;
  }

  #register(metadata: FunctionMetadata, handler: Handler): Disposable {
    if (this.#frozen) throw new Error("A function can only be registered during app startup.");
    const id = metadata.functionId ?? metadata.name;
    if (this.functions.has(id)) {
      throw new Error(`A function with id "${id}" has already been registered.`);
    }
    this.functions.set(id, { metadata, handler });
    return new Disposable(() => this.functions.delete(id));
  }

  #hook(name: string, hook: Hook): Disposable {
    const known = HOOK_NAMES.find((one) => one === name);
    if (known === undefined) {
      throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), {
        isAzureFunctionsSystemError: true,
      });
    }
    const hooks = this.hooks[known];
    hooks.push(hook);
    return new Disposable(() => hooks.splice(hooks.indexOf(hook), 1));
  }
}
