import type { Explanation } from "./domain/error-codes.ts";
import { describeError, errorCodes, type ErrorDescription, type Place } from "./domain/errors.ts";
import type { InputError } from "./functions/refusal.ts";

export type InputErrorCode = InputError["code"];

/** What the entries of `errors` in a refusal say. */
export const inputErrors: Readonly<Record<InputErrorCode, Explanation>> = {
  required: {
    meaning: "The field, or the whole body, is missing.",
    remedy:
      "Add it; `allowedCidrs` of a load balancer may be left out only where `DEFAULT_ALLOWED_CIDRS` is set.",
  },
  "unknown-field": {
    meaning: "The body has a field that is none of this call's.",
    remedy: "Leave it out, or correct its spelling, in which capitals count.",
  },
  "unknown-parameter": {
    meaning: "The query has a parameter that is none of this call's.",
    remedy: "Leave it out, or correct its spelling, in which capitals count.",
  },
  "duplicate-field": {
    meaning: "The body has the same field twice.",
    remedy: "Send the field once.",
  },
  "wrong-type": {
    meaning: "The value has another JSON type than the field.",
    remedy:
      "Send the type that the message names: numbers without quotes, `postgresVersion` with them.",
  },
  "too-small": {
    meaning: "The number is below the least that is allowed.",
    remedy: "Send at least what the message names.",
  },
  "too-large": {
    meaning: "The number is above the most that is allowed.",
    remedy: "Send at most what the message names.",
  },
  "too-short": {
    meaning: "The text or the list is too short.",
    remedy:
      "Send at least what the message names: a load balancer needs a range in `allowedCidrs`, which for the whole Internet is `0.0.0.0/0`.",
  },
  "too-long": {
    meaning: "The text or the list is too long.",
    remedy: "Send at most what the message names.",
  },
  "bad-format": {
    meaning: "The value, the header or the whole body is not in the form that it must have.",
    remedy:
      "Write it in the form that the message describes; a `cursor` is the `nextCursor` of the same list.",
  },
  "not-allowed": {
    meaning: "The value has the right form, and is not possible as such or on this cluster.",
    remedy:
      "Choose what the message allows; namespaces come from `TOYGRES_NAMESPACES`, and a `dnsLabel` needs `CLUSTER_REGION`.",
  },
  taken: {
    meaning: "Another instance has this name or DNS label.",
    remedy: "Choose another one, or free this one with `DELETE /instances/{id}`.",
  },
};

const places: Readonly<Record<Place, string>> = {
  answer: "the `code` of an answer of the API",
  operation:
    "the `error.code` of an operation, and the `failure.code` of its instance; its orchestration ends with it, too",
  command: "what `npm run migrate` or `npm run setup:cluster` ends with",
  workflow:
    "what an orchestration or a call of the durable client ends with, and no operation shows: for packages that build on Toygres",
};

/** docs/errors.md. */
export function errorsPage(): string {
  const all = errorCodes.map(describeError);
  const answered = all.filter((error) => shows(error, "answer"));
  const others = all.filter((error) => !shows(error, "answer"));
  return `# Errors

<!-- Written by \`npm run errors -- --docs\` from src/domain/error-codes.ts, src/domain/errors.ts and src/errors-page.ts. -->

The code is the contract and stays; messages may change. A code is met as

${Object.entries(places)
  .map(([place, where]) => `- **${place}**: ${where}`)
  .join("\n")}

and whatever fails stands in the log, with the \`requestId\` of the answer or the id of the operation
(\`orchestrationId\`). *Passing* errors may be gone at the next try: steps of a workflow try again by themselves, so an
operation that ends with one has tried for a while. A create that fails removes what it made, or names in \`remaining\`
what it could not; the name is free again once a \`DELETE /instances/{id}\` has ended.

Codes of other packages, such as \`tenants::version-too-old\`, are explained by those packages. A wrong key (401), an
unknown route (404) and a wrong method are refused by the Functions host, with an empty body. Settings that are wrong
have no code: the app does not start, and its message names them all.

## In answers of the API

${table(["code", "status", "passing", "met as", "what happened", "what to do"], answered.map(answerRow))}

## In operations and workflows only

${table(["code", "passing", "met as", "what happened", "what to do"], others.map(otherRow))}

## In the \`errors\` of a refusal

Each entry has a \`pointer\` to what is wrong, one of these codes, and a message.

${table(["code", "what happened", "what to do"], Object.entries(inputErrors).map(inputRow))}
`;
}

function shows({ places: own }: ErrorDescription, place: Place): boolean {
  return own.includes(place);
}

function answerRow(error: ErrorDescription): string[] {
  const [code = "", ...rest] = otherRow(error);
  return [code, String(error.status), ...rest];
}

function otherRow({ code, retryable, places: own, meaning, remedy }: ErrorDescription): string[] {
  return [`\`${code}\``, retryable ? "yes" : "no", own.join(", "), meaning, remedy];
}

function inputRow([code, { meaning, remedy }]: [string, Explanation]): string[] {
  return [`\`${code}\``, meaning, remedy];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
