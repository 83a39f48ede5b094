const BEGIN = "<!-- npm run registry -- --readme -->";
const END = "<!-- end of the registry -->";

/** A page with its list of orchestrations and activities, between two marks, replaced. */
export function withRegistry(page: string, list: string): string {
  const [before, rest, ...more] = page.split(BEGIN);
  const [, after, ...evenMore] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined || more.length + evenMore.length > 0) {
    throw new Error(
      `the page needs the marks "${BEGIN}" and "${END}" once each: the list stands between them`,
    );
  }
  return `${before}${BEGIN}\n\n${list}\n\n${END}${after}`;
}
