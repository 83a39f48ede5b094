// kind: type
// rule: A merge needs what each of its libraries needs
// says: Property 'ruler' is missing in type '{}' but required in type '{ readonly ruler: Ruler; }'.
// right: provide(merge(shop), { ruler });

import { merge, provide } from "../../../src/durable/library.ts";
import { ruler, shop } from "../things.ts";

provide(merge(shop), {}); // wrong
