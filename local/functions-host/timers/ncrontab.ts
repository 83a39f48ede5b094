/** A parsed NCRONTAB expression, UTC. */
export interface Schedule {
  readonly expression: string;
  /** The first occurrence after `time`, both in milliseconds; undefined when there is none. */
  next(time: number): number | undefined;
}

interface Field {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");

const FIELDS: readonly Field[] = [
  { label: "second", min: 0, max: 59 },
  { label: "minute", min: 0, max: 59 },
  { label: "hour", min: 0, max: 23 },
  { label: "day", min: 1, max: 31 },
  { label: "month", min: 1, max: 12, names: MONTHS },
  { label: "day of the week", min: 0, max: 6, names: DAYS },
];

/** Eight years reach every 29 February, also over a century that has none. */
const HORIZON_DAYS = 8 * 366 + 1;
const DAY_MS = 86_400_000;

/** The schedule, or the sentence that says why the text is none. Five fields mean "at second 0". */
export function parseNcrontab(expression: string): Schedule | string {
  const texts = expression.trim().split(/\s+/);
  const parts = texts.length === 5 ? ["0", ...texts] : texts;
  if (parts.length !== FIELDS.length) {
    return `The schedule expression '${expression}' was not recognized as a valid cron expression: it has ${texts.length} fields, not 5 or 6.`;
  }
  const sets: ReadonlySet<number>[] = [];
  for (const [index, field] of FIELDS.entries()) {
    const set = parseField(parts[index] ?? "", field);
    if (set === null) {
      return `The schedule expression '${expression}' was not recognized as a valid cron expression: '${parts[index] ?? ""}' is no ${field.label}.`;
    }
    sets.push(set);
  }
  return { expression, next: (time) => nextOccurrence(sets, time) };
}

function parseField(text: string, field: Field): ReadonlySet<number> | null {
  const values = new Set<number>();
  for (const item of text.split(",")) {
    const range = parseItem(item, field);
    if (range === null) return null;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return values;
}

/** One of `*`, `5`, `mon`, `1-5`, each with or without `/step`. */
function parseItem(item: string, field: Field) {
  const [rangeText = "", stepText, ...more] = item.split("/");
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  const range = parseRange(rangeText, field, stepText !== undefined);
  return more.length > 0 || step === null || step < 1 || range === null ? null : { ...range, step };
}

/** With a step, `5` means from 5 on: `5/10` is each 10 from 5. */
function parseRange(text: string, field: Field, stepped: boolean) {
  if (text === "*") return { from: field.min, to: field.max };
  const [first = "", second, ...more] = text.split("-");
  const from = parseValue(first, field);
  if (from === null || more.length > 0) return null;
  if (second === undefined) return { from, to: stepped ? field.max : from };
  const to = parseValue(second, field);
  return to === null || from > to ? null : { from, to };
}

function parseValue(text: string, { min, max, names }: Field): number | null {
  const index = names?.indexOf(text.toLowerCase().slice(0, 3)) ?? -1;
  if (index >= 0 && text.length >= 3 && /^[a-z]+$/i.test(text)) return index + min;
  const value = parseNumber(text);
  return value === null || value < min || value > max ? null : value;
}

function parseNumber(text: string): number | null {
  return /^\d{1,4}$/.test(text) ? Number(text) : null;
}

function nextOccurrence(sets: readonly ReadonlySet<number>[], time: number): number | undefined {
  const [seconds, minutes, hours, days, months, weekdays] = sets.map((set) => [...set]);
  const start = Math.floor(time / 1000) * 1000 + 1000;
  let day = Math.floor(start / DAY_MS) * DAY_MS;
  for (let count = 0; count < HORIZON_DAYS; count += 1, day += DAY_MS) {
    const date = new Date(day);
    const fits =
      days?.includes(date.getUTCDate()) === true &&
      months?.includes(date.getUTCMonth() + 1) === true &&
      weekdays?.includes(date.getUTCDay()) === true;
    if (!fits) continue;
    const found = firstInDay(sorted(hours), sorted(minutes), sorted(seconds), start - day);
    if (found !== undefined) return day + found;
  }
  return undefined;
}

/** Milliseconds from midnight of the first time of day that is not before `from`. */
function firstInDay(
  hours: readonly number[],
  minutes: readonly number[],
  seconds: readonly number[],
  from: number,
): number | undefined {
  for (const hour of hours) {
    if ((hour + 1) * 3_600_000 <= from) continue;
    for (const minute of minutes) {
      if (hour * 3_600_000 + (minute + 1) * 60_000 <= from) continue;
      for (const second of seconds) {
        const at = hour * 3_600_000 + minute * 60_000 + second * 1000;
        if (at >= from) return at;
      }
    }
  }
  return undefined;
}

function sorted(values: readonly number[] = []): readonly number[] {
  return [...values].sort((a, b) => a - b);
}
