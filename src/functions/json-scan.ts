const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const BLANK = /[ \t\n\r]*/y;
const MAX_DEPTH = 32;

/** Why a text is no JSON that we take; a position counts UTF-16 units from 0. */
export type JsonFault =
  | { readonly kind: "syntax"; readonly position: number }
  | { readonly kind: "too-deep"; readonly position: number }
  | { readonly kind: "duplicate"; readonly path: readonly (string | number)[] };

class Found extends Error {
  readonly fault: JsonFault;

  constructor(fault: JsonFault) {
    super(fault.kind);
    this.fault = fault;
  }
}

/**
 * What `JSON.parse` does not say: where the text goes wrong (its own message repeats the text, and with it passwords),
 * and which field is there twice, of which it would silently take the last.
 */
export function jsonFault(text: string): JsonFault | undefined {
  try {
    new Scanner(text).document();
    return undefined;
  } catch (error) {
    if (error instanceof Found) return error.fault;
    throw error;
  }
}

class Scanner {
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value();
    if (this.#at < this.#text.length) this.#fail();
  }

  #value(): void {
    this.#take(BLANK);
    if (this.#path.length > MAX_DEPTH) throw new Found({ kind: "too-deep", position: this.#at });
    const next = this.#text[this.#at];
    if (next === "{") this.#members();
    else if (next === "[") this.#items();
    else if (this.#take(next === '"' ? STRING : SCALAR) === "") this.#fail();
    this.#take(BLANK);
  }

  #members(): void {
    const names = new Set<string>();
    this.#list("}", () => {
      this.#take(BLANK);
      const source = this.#take(STRING);
      if (source === "") this.#fail();
      const name = String(JSON.parse(source));
      this.#path.push(name);
      if (names.has(name)) throw new Found({ kind: "duplicate", path: [...this.#path] });
      names.add(name);
      this.#take(BLANK);
      this.#expect(":");
      this.#value();
      this.#path.pop();
    });
  }

  #items(): void {
    let index = 0;
    this.#list("]", () => {
      this.#path.push(index);
      this.#value();
      this.#path.pop();
      index += 1;
    });
  }

  #list(end: string, element: () => void): void {
    this.#at += 1;
    this.#take(BLANK);
    if (this.#text[this.#at] !== end) {
      element();
      while (this.#text[this.#at] === ",") {
        this.#at += 1;
        element();
      }
    }
    this.#expect(end);
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) this.#fail();
    this.#at += 1;
  }

  #take(token: RegExp): string {
    token.lastIndex = this.#at;
    const [found = ""] = token.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #fail(): never {
    throw new Found({ kind: "syntax", position: this.#at });
  }
}
