import { X509Certificate, createPrivateKey } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ServerCertificate {
  ca: string;
  certificate: string;
  key: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;
const DAYS = 3_650;

/** The certificate that the folder keeps, made anew when it is missing or near its end. */
export async function serverCertificate(folder: string): Promise<ServerCertificate> {
  const path = (name: string): string => join(folder, name);
  const names = ["ca.pem", "server.pem", "server-key.pem"] as const;
  if (names.every((name) => existsSync(path(name)))) {
    const [ca, certificate, key] = names.map((name) => readFileSync(path(name), "utf8"));
    if (
      ca !== undefined &&
      certificate !== undefined &&
      key !== undefined &&
      isUsable(ca, certificate, key)
    ) {
      return { ca, certificate, key };
    }
  }
  const made = await make();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, content] of [
    ["ca.pem", made.ca],
    ["server.pem", made.certificate],
    ["server-key.pem", made.key],
  ] as const) {
    writeFileSync(path(name), content, { mode: 0o600 });
  }
  return made;
}

function isUsable(ca: string, certificate: string, key: string): boolean {
  try {
    const leaf = new X509Certificate(certificate);
    const issuer = new X509Certificate(ca);
    return (
      leaf.validToDate.getTime() - Date.now() > 30 * DAY_MS &&
      leaf.verify(issuer.publicKey) &&
      leaf.checkPrivateKey(createPrivateKey(key))
    );
  } catch {
    return false;
  }
}

async function make(): Promise<ServerCertificate> {
  // The container of @peculiar/x509 asks for the reflection proposal.
  await import("reflect-metadata");
  // Loaded only where TLS is asked for and a certificate is missing.
  const {
    BasicConstraintsExtension,
    ExtendedKeyUsage,
    ExtendedKeyUsageExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    SubjectAlternativeNameExtension,
    X509CertificateGenerator,
  } = await import("@peculiar/x509");
  const issuer = "CN=toygres local cluster CA";
  const notBefore = new Date(Date.now() - 3_600_000);
  const notAfter = new Date(Date.now() + DAYS * DAY_MS);
  const caKeys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys: caKeys,
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=toygres local cluster",
    issuer,
    signingKey: caKeys.privateKey,
    publicKey: keys.publicKey,
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
        { type: "ip", value: "::1" },
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString(
    "base64",
  );
  const lines = pkcs8.match(/.{1,64}/g) ?? [];
  return {
    ca: `${ca.toString("pem")}\n`,
    certificate: `${certificate.toString("pem")}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`,
  };
}
