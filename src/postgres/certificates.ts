import { X509Certificate, randomBytes, webcrypto } from "node:crypto";
import { isIPv6 } from "node:net";
import { kubernetesName } from "../domain/names.ts";
import type {
  CertificateAuthority,
  CertificateFacts,
  Certificates,
  IssuedCertificate,
} from "../domain/postgres.ts";

const DAY_MS = 86_400_000;
const CA_DAYS = 3_652;
const SERVER_DAYS = 90;
/** Clocks differ: a certificate that begins just now is not valid yet for some. */
const BACKDATED_MS = 3_600_000;
const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Loaded when first needed, since it takes longer to load than a cold start should. */
const loadX509 = () => import("./x509.ts");

const newKeys = () => webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})(?=.)/g, "$1\n")}\n-----END PRIVATE KEY-----\n`;
}

function importPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  return webcrypto.subtle.importKey("pkcs8", der, ECDSA, false, ["sign"]);
}

/** 127 random bits, positive and not zero, as RFC 5280 asks. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

const validity = (now: Date, days: number) => ({
  notBefore: new Date(now.getTime() - BACKDATED_MS),
  notAfter: new Date(now.getTime() + days * DAY_MS),
});

const pem = (certificate: { toString(format: "pem"): string }): string =>
  `${certificate.toString("pem").trim()}\n`;

/** Makes and reads the certificates of instances: one authority each, ECDSA P-256. */
export function createCertificates(now: () => Date = () => new Date()): Certificates {
  return {
    async newAuthority(ref): Promise<CertificateAuthority> {
      const x509 = await loadX509();
      const keys = await newKeys();
      const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        name: [{ CN: [`${kubernetesName(ref)} CA`] }, { O: ["Toygres"] }],
        keys,
        serialNumber: serialNumber(),
        signingAlgorithm: ECDSA,
        ...validity(now(), CA_DAYS),
        extensions: [
          new x509.BasicConstraintsExtension(true, 0, true),
          new x509.KeyUsagesExtension(
            x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
            true,
          ),
          await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      return { caCertificate: pem(certificate), caKey: await privateKeyPem(keys.privateKey) };
    },

    async issue(authority, { dnsNames, addresses }): Promise<IssuedCertificate> {
      const x509 = await loadX509();
      const ca = new x509.X509Certificate(authority.caCertificate);
      const keys = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: [{ O: ["Toygres"] }, { CN: ["PostgreSQL server"] }],
        issuer: ca.subjectName,
        publicKey: keys.publicKey,
        signingKey: await importPrivateKey(authority.caKey),
        serialNumber: serialNumber(),
        signingAlgorithm: ECDSA,
        ...validity(now(), SERVER_DAYS),
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension([
            ...dnsNames.map((value) => ({ type: "dns" as const, value })),
            ...addresses.map((value) => ({ type: "ip" as const, value })),
          ]),
          await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
          await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
        ],
      });
      return { certificate: pem(certificate), key: await privateKeyPem(keys.privateKey) };
    },

    inspect,
  };
}

function inspect(certificate: string): CertificateFacts {
  const parsed = new X509Certificate(certificate);
  const names = (parsed.subjectAltName ?? "").split(", ");
  const of = (prefix: string) =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return {
    fingerprint: parsed.fingerprint256.replaceAll(":", "").toLowerCase(),
    notAfter: new Date(parsed.validTo),
    dnsNames: of("DNS:"),
    addresses: of("IP Address:").map(canonical),
  };
}

/** As Kubernetes writes an address; OpenSSL writes IPv6 in full and in capitals. */
const canonical = (address: string): string =>
  isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
