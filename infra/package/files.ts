/** A package before anything is written: paths with "/", and bytes. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** In an order that depends on nothing but the names. */
export function sorted(files: Files): [path: string, bytes: Uint8Array][] {
  return [...files].sort(([one], [other]) => (one < other ? -1 : 1));
}

export const ofText = (text: string): Uint8Array => new TextEncoder().encode(text);
