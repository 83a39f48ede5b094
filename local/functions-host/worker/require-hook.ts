import { Module } from "node:module";

type Require = (this: unknown, id: string) => unknown;

/** Answers `require("@azure/functions-core")` with `core`, from wherever it is asked; returns what undoes it. */
export function hookRequire(core: object): () => void {
  const prototype = Module.prototype as { require: Require };
  const original = prototype.require;
  prototype.require = function require(id) {
    return id === "@azure/functions-core" ? core : original.call(this, id);
  };
  return () => {
    prototype.require = original;
  };
}
