import { MemoryStore } from "../../../local/functions-host/engine/memory-store.ts";
import { describeStore } from "./store-contract.ts";

describeStore("memory", async () => new MemoryStore());
