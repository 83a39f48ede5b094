import { DomainError } from "../domain/errors.ts";

/** Of `whose` address: credentials are sent over https, and in the clear to loopback only. */
export function assertSafe(address: string, whose: string): URL {
  const refuse = (message: string): DomainError =>
    new DomainError("cluster-unavailable", message, { retryable: false });
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) throw refuse(`the address of ${whose}, "${address}", is no URL`);
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && loopback)) return url;
  throw refuse(
    `the address of ${whose}, "${address}", is not https: credentials are sent in the clear to loopback only`,
  );
}
