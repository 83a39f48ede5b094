/** Hides what looks like a credential, as the real host does in the message of an exception. */
export function masked(text: string): string {
  return text.replace(
    /\b(?:password|pwd|token|accountkey|sharedaccesskey|sig)=[^\s;"'<&]+/gi,
    "[Hidden Credential]",
  );
}
