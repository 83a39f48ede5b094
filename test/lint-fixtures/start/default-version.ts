// kind: run
// rule: The host's default version is the highest
// says: host.json's extensions.durableTask.defaultVersion is "1.0", and the highest version is "1.1", of "shop::orchestration::pack" (…): set it to "1.1"
// right: const defaultVersion = "1.1";

import { library } from "../../../src/durable/library.ts";
import { register } from "../../../src/durable/register.ts";
import { nowhere, pack, packOf } from "../things.ts";

const both = library("shop", { orchestrations: [pack, packOf("1.1")] });
const defaultVersion = "1.0"; // wrong

export const run = () => register(both, {}, { defaultVersion, app: nowhere });
