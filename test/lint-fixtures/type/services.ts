// kind: type
// rule: An application brings what the activities need
// says: Property 'ruler' is missing in type '{}' but required in type '{ readonly ruler: Ruler; }'.
// right: register(shop, { ruler }, { defaultVersion: "1.0" });

import { register } from "../../../src/durable/register.ts";
import { ruler, shop } from "../things.ts";

register(shop, {}, { defaultVersion: "1.0" }); // wrong
