import { Refusal } from "../../processes/refusal.ts";

type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string; readonly optional: boolean }
  | { readonly kind: "rest"; readonly name: string };

export type RouteTemplate = readonly Segment[];
export type RouteParameters = Readonly<Record<string, string>>;

const PARAMETER = /^\{(\*{0,2})([A-Za-z_][\w-]*)(\?)?\}$/;

/** Parses `a/{b}/{c?}` and `{*rest}`; refuses what the real host knows and we don't. */
export function parseRoute(route: string, functionName: string): RouteTemplate {
  const parts = route.split("/").filter((part) => part !== "");
  return parts.map((part, index) => {
    const last = index === parts.length - 1;
    return parseSegment(part, last, (why) => {
      throw new Refusal(
        `function "${functionName}": route "${route}" ${why}; the local functions host knows {name}, {name?} at the end and {*rest} at the end`,
      );
    });
  });
}

function parseSegment(part: string, last: boolean, refuse: (why: string) => never): Segment {
  if (!/[{}?*]/.test(part)) return { kind: "literal", text: part.toLowerCase() };
  const match = PARAMETER.exec(part);
  if (match === null) {
    return refuse(
      part.includes(":")
        ? `has the constraint "${part}", which is not supported`
        : `has "${part}", which is not supported`,
    );
  }
  const [, stars = "", name = "", optional] = match;
  if ((stars !== "" || optional !== undefined) && !last) {
    return refuse(`has "${part}" before its end`);
  }
  if (stars !== "") return { kind: "rest", name };
  return { kind: "parameter", name, optional: optional !== undefined };
}

/** The parameters when `segments` (decoded) fit, null when they don't. Absent parameters are left out. */
export function matchRoute(
  template: RouteTemplate,
  segments: readonly string[],
): RouteParameters | null {
  const parameters: Record<string, string> = {};
  let position = 0;
  for (const segment of template) {
    const value = segments[position];
    if (segment.kind === "rest") {
      const rest = segments.slice(position).join("/");
      if (rest !== "") parameters[segment.name] = rest;
      return parameters;
    }
    if (value === undefined) {
      if (segment.kind === "parameter" && segment.optional) return parameters;
      return null;
    }
    if (segment.kind === "parameter") parameters[segment.name] = value;
    else if (segment.text !== value.toLowerCase()) return null;
    position += 1;
  }
  return position === segments.length ? parameters : null;
}

/**
 * The decoded segments of a path that the URL parser has already folded (`..`), null when it must be refused
 * (`%00`). `%2F` stays as it is, as on the real host; empty segments (a trailing slash) are dropped.
 */
export function pathSegments(pathname: string): readonly string[] | null {
  const segments = pathname.split("/").filter((part) => part !== "");
  if (/%00/.test(pathname)) return null;
  return segments.map((part) => {
    try {
      return decodeURIComponent(part.replace(/%(?=2f)/gi, "%25"));
    } catch {
      return part;
    }
  });
}
