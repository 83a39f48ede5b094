const AGAIN = "then send `DELETE /instances/{id}` and `POST /instances` again.";

/** What only helps while the thing that it speaks of is tried again. */
const WHILE_TRIED = /^Wait\b[^;]*; if it goes on, (.)/;

/** The instance's own objects, of which the clean-up leaves none to look at. */
const OWN_OBJECTS = /`kubectl (?:logs|describe (?:pod|pvc|service)) /;

/**
 * What is left of an advice once the create that it was given to has been given up and its objects are removed: one
 * sentence that ends in making it anew. Undefined: nothing of it, so that no more is known than the error's code says.
 */
export function afterwards(advice: string): string | undefined {
  const lasting = advice.replace(WHILE_TRIED, (_all, first: string) => first.toUpperCase());
  if (OWN_OBJECTS.test(lasting)) return undefined;
  return lasting.includes("POST /instances") ? lasting : lasting.replace(/\.$/, `, ${AGAIN}`);
}
