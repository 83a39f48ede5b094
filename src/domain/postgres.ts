import type { PodAddress } from "./cluster.ts";
import type { InstanceRef } from "./names.ts";

/** How to reach an instance as the control role: chain and in-cluster name are verified, whatever address is dialled. */
export interface ControlTarget {
  readonly address: string;
  readonly port: number;
  /** The name in the server's certificate that is checked: {@link inClusterName}. */
  readonly serverName: string;
  readonly caCertificate: string;
  readonly controlPassword: string;
  /** Present: the address is not dialled, but this pod reached through the cluster's API. */
  readonly through?: PodAddress | undefined;
}

export interface ConnectionTest {
  /** `SELECT version()` */
  readonly version: string;
  readonly latencyMs: number;
  /** SHA-256 of the certificate that the server really serves, lower-case hex. */
  readonly servedFingerprint: string;
}

/** What an instance's PostgreSQL is asked to do. Rejects with `instance-unreachable` or `instance-refused`. */
export interface PostgresServers {
  test(target: ControlTarget): Promise<ConnectionTest>;
  /** Gives the user's role this SCRAM verifier. */
  setUserPassword(target: ControlTarget, verifier: string): Promise<void>;
  /** `pg_reload_conf()` */
  reload(target: ControlTarget): Promise<void>;
}

export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateFacts {
  readonly fingerprint: string;
  readonly notAfter: Date;
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
}

export interface CertificateAuthority {
  readonly caCertificate: string;
  readonly caKey: string;
}

/** Makes and reads the X.509 certificates of instances (ECDSA P-256). */
export interface Certificates {
  newAuthority(ref: InstanceRef): Promise<CertificateAuthority>;
  issue(
    authority: CertificateAuthority,
    covers: { readonly dnsNames: readonly string[]; readonly addresses: readonly string[] },
  ): Promise<IssuedCertificate>;
  inspect(certificate: string): CertificateFacts;
}

/** Passwords and what is stored in their place. */
export interface Passwords {
  /** 32 random characters that need no escaping in a URL. */
  generate(): string;
  /** A SCRAM-SHA-256 verifier as PostgreSQL keeps it; random salt, 4096 rounds. */
  verifier(password: string): Promise<string>;
}
