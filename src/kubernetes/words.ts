/** What container runtimes and registries put around the reason for a failed pull. */
const WRAPPERS = [
  /Failed to pull image "[^"]*": /g,
  /rpc error: code = \w+ desc = /g,
  /failed to pull and unpack image "[^"]*": /g,
  /failed to resolve reference "[^"]*": /g,
];

/** The reason itself, which often stands at the end of a text that is far too long to be shown. */
export function withoutWrappers(words: string): string {
  return WRAPPERS.reduce((text, wrapper) => text.replace(wrapper, ""), words);
}

/** An error of Azure as JSON in an event, or as its older clients wrote it. */
const AZURE_ERRORS = [
  /"code":\s*"(\w+)",\s*"message":\s*"((?:[^"\\]|\\.)*)"/,
  /Code="(\w+)" Message="((?:[^"\\]|\\.)*)"/,
];

/** What is forbidden and where, between who asked and what else may be wrong. */
const LACKS_RIGHT =
  /does not have (?:authorization|permission) to perform action '[^']*' (?:over scope|on the linked scope\(s\)) '[^']*'/;

/** `Code: message` where a text quotes an error of Azure, else the text itself. */
export function inBrief(words: string): string {
  for (const pattern of AZURE_ERRORS) {
    const [, code, message] = pattern.exec(words) ?? [];
    if (code === undefined || message === undefined) continue;
    return `${code}: ${LACKS_RIGHT.exec(message)?.[0] ?? message.replace(/\\(["\\])/g, "$1")}`;
  }
  return words;
}

/** The scheduler says all of it twice when it found no pod to evict either. */
export const withoutPreemption = (words: string): string =>
  words.replace(/ preemption: .*$/s, "").trim();
