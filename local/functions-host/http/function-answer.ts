import type { CookieData, HttpData, TypedData } from "../worker/core.ts";
import { empty, type Answer } from "./answer.ts";

/** What the caller gets for a function's result: nothing returned means 204. */
export function functionAnswer(returnValue: TypedData | null | undefined): Answer {
  const http = returnValue?.http;
  if (http === undefined) return empty(204);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(http.headers ?? {})) {
    if (!/^(content-length|transfer-encoding|connection)$/i.test(name)) headers[name] = value;
  }
  const cookies = (http.cookies ?? []).map(cookieLine);
  if (cookies.length > 0) headers["Set-Cookie"] = cookies;
  return { status: Number(http.statusCode ?? 200), headers, body: bodyOf(http) };
}

function bodyOf({ body }: HttpData): string | Uint8Array {
  return body?.bytes ?? body?.string ?? body?.json ?? "";
}

const SAME_SITE: Readonly<Record<string, string>> = {
  lax: "lax",
  strict: "strict",
  explicitNone: "none",
};

function cookieLine(cookie: CookieData): string {
  const seconds = cookie.expires?.value.seconds;
  const attributes: readonly (readonly [string, string | number | undefined])[] = [
    ["expires", seconds === undefined ? undefined : new Date(seconds * 1000).toUTCString()],
    ["max-age", cookie.maxAge?.value],
    ["domain", cookie.domain?.value],
    ["path", cookie.path?.value ?? "/"],
    ["samesite", SAME_SITE[cookie.sameSite ?? ""]],
  ];
  return [
    `${encodeURIComponent(cookie.name)}=${encodeURIComponent(cookie.value)}`,
    ...attributes.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
    ...(cookie.secure?.value === true ? ["secure"] : []),
    ...(cookie.httpOnly?.value === true ? ["httponly"] : []),
  ].join("; ");
}
