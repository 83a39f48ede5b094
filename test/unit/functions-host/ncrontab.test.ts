import { parseNcrontab } from "../../../local/functions-host/timers/ncrontab.ts";

function following(expression: string, from: string, count = 1): string[] {
  const schedule = parseNcrontab(expression);
  if (typeof schedule === "string") return [schedule];
  const found: string[] = [];
  let time: number | undefined = Date.parse(from);
  while (found.length < count && time !== undefined) {
    time = schedule.next(time);
    found.push(time === undefined ? "never" : new Date(time).toISOString().replace(".000", ""));
  }
  return found;
}

describe("NCRONTAB expressions", () => {
  it.each([
    ["*/5 * * * * *", "2026-01-01T00:00:57.2Z", ["2026-01-01T00:01:00Z", "2026-01-01T00:01:05Z"]],
    ["0 * * * * *", "2026-01-01T00:00:00Z", ["2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"]],
    ["0 * * * *", "2026-01-01T00:30:00Z", ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]],
    ["0 0 9-17/4 * * *", "2026-01-01T10:00:00Z", ["2026-01-01T13:00:00Z", "2026-01-01T17:00:00Z"]],
    ["0 30 9 * * mon-fri", "2026-01-02T10:00:00Z", ["2026-01-05T09:30:00Z"]],
    ["0 0 0 1,15 Jan,JULY *", "2026-01-15T00:00:00Z", ["2026-07-01T00:00:00Z"]],
    ["30/10 0 0 * * *", "2026-01-01T00:00:00Z", ["2026-01-01T00:00:30Z", "2026-01-01T00:00:40Z"]],
    ["0 0 0 29 2 *", "2026-01-01T00:00:00Z", ["2028-02-29T00:00:00Z"]],
    ["0 0 0 13 * 5", "2026-01-01T00:00:00Z", ["2026-02-13T00:00:00Z"]],
    ["59 59 23 31 12 *", "2026-12-31T23:59:59Z", ["2027-12-31T23:59:59Z"]],
    ["0 0 0 30 2 *", "2026-01-01T00:00:00Z", ["never"]],
  ])("%s after %s", (expression, from, expected) => {
    expect(following(expression, from, expected.length)).toEqual(expected);
  });

  it.each([
    ["", /has 1 fields/],
    ["* * * *", /has 4 fields/],
    ["60 * * * * *", /'60' is no second/],
    ["* * 24 * * *", /'24' is no hour/],
    ["* * * 0 * *", /'0' is no day/],
    ["* * * * 13 *", /'13' is no month/],
    ["* * * * * 7", /'7' is no day of the week/],
    ["5-1 * * * * *", /'5-1' is no second/],
    ["*/0 * * * * *", /is no second/],
    ["1,,2 * * * * *", /is no second/],
    ["1-2-3 * * * * *", /is no second/],
    ["* * * * xyz *", /'xyz' is no month/],
  ])("says what is wrong with %p", (expression, why) => {
    expect(parseNcrontab(expression)).toMatch(why);
  });
});
