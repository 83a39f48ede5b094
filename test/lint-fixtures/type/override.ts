// kind: type
// rule: An override keeps the contract
// says: Property 'size' is missing in type '{ length: number; }' but required in type '{ size: number; }'.
// right: export const shorter = override(measure, async () => ({ size: 1 }));

import { override } from "../../../src/durable/activity.ts";
import { measure } from "../things.ts";

export const shorter = override(measure, async () => ({ length: 1 })); // wrong
