const BEGIN = "<!-- npm run registry -- --readme -->";
const END = "<!-- end of the registry -->";

/** A page with its list of orchestrations and activities, between two marks, replaced. */
export function withRegistry(page: string, list: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(
      `the page lacks the marks "${BEGIN}" and "${END}", between which the list stands`,
    );
  }
  return `${before}${BEGIN}\n\n${list}\n\n${END}${after}`;
}
