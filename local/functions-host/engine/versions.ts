/**
 * Whether the strategy `CurrentOrOlder` leaves an instance of this version to a newer host. Numbers count as numbers, as
 * .NET's Version has it; an instance without a version is run by every host.
 */
export function isNewerThanHost(version: string | null, defaultVersion: string | null): boolean {
  if (version === null || version === "") return false;
  if (defaultVersion === null || defaultVersion === "") return true;
  const [ours, theirs] = [partsOf(defaultVersion), partsOf(version)];
  if (!ours || !theirs) return version.toLowerCase() > defaultVersion.toLowerCase();
  const at = theirs.findIndex((part, index) => part !== (ours[index] ?? -1));
  return at !== -1 && (theirs[at] ?? -1) > (ours[at] ?? -1);
}

function partsOf(version: string): number[] | undefined {
  return /^\d{1,9}(\.\d{1,9}){1,3}$/.test(version) ? version.split(".").map(Number) : undefined;
}
