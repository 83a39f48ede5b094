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

function cookieLine(cookie: CookieData): string {
  const { name, value, domain, path, expires, secure, httpOnly, sameSite, maxAge } = cookie;
  const parts = [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`];
  if (expires?.value.seconds !== undefined) {
    parts.push(`expires=${new Date(expires.value.seconds * 1000).toUTCString()}`);
  }
  if (maxAge !== undefined) parts.push(`max-age=${maxAge.value}`);
  if (domain !== undefined) parts.push(`domain=${domain.value}`);
  parts.push(`path=${path?.value ?? "/"}`);
  if (secure?.value === true) parts.push("secure");
  const site = { lax: "lax", strict: "strict", explicitNone: "none" }[sameSite ?? ""];
  if (site !== undefined) parts.push(`samesite=${site}`);
  if (httpOnly?.value === true) parts.push("httponly");
  return parts.join("; ");
}
