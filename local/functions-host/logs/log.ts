/** The levels of `context.log`, in the words of the Functions worker. */
export const LOG_LEVELS = [
  "trace",
  "debug",
  "information",
  "warning",
  "error",
  "critical",
  "none",
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogEntry {
  readonly level: LogLevel;
  /** As on the real host: `Host.Startup`, `Function.<name>`, `Function.<name>.User`, … */
  readonly category: string;
  readonly text: string;
  readonly functionName?: string;
  readonly invocationId?: string;
}

export type Log = (entry: LogEntry) => void;

export interface LogOptions {
  readonly json: boolean;
  /** host.json's `logging.logLevel`: category prefix (or `default`) to the least level shown. */
  readonly levels: Readonly<Record<string, LogLevel>>;
  readonly write: (line: string) => void;
  readonly now: () => Date;
}

/** One line an entry, whatever the text holds. */
export function lineLog({ json, levels, write, now }: LogOptions): Log {
  return (entry) => {
    if (LOG_LEVELS.indexOf(entry.level) < LOG_LEVELS.indexOf(leastLevel(levels, entry.category))) {
      return;
    }
    const time = now().toISOString();
    write(json ? JSON.stringify({ time, ...entry }) : textLine(time, entry));
  };
}

/** The longest prefix that is configured decides, as on the real host. */
function leastLevel(levels: LogOptions["levels"], category: string): LogLevel {
  const parts = category.split(".");
  for (let length = parts.length; length > 0; length -= 1) {
    const level = levels[parts.slice(0, length).join(".")];
    if (level !== undefined) return level;
  }
  return levels["default"] ?? "information";
}

function textLine(time: string, { level, functionName, invocationId, category, text }: LogEntry) {
  const where = functionName ?? category;
  const which = invocationId === undefined ? "" : ` ${invocationId}`;
  return `${time} ${level.padEnd(11)} [${where}${which}] ${text.replace(/\r?\n/g, "\\n")}`;
}
