import { X509Certificate, createPrivateKey } from "node:crypto";
import { createCertificates } from "../../../src/postgres/certificates.ts";

const ref = {
  instanceId: "1a2b3c4d-0000-4000-8000-000000000000",
  namespace: "toygres",
  instanceName: "a".repeat(40),
};
const now = new Date("2026-03-01T12:00:00Z");
const certificates = createCertificates(() => now);
const covers = {
  dnsNames: ["pg-orders-1a2b3c4d.toygres.svc", "orders.westeurope.cloudapp.azure.com"],
  addresses: ["203.0.113.7", "2001:db8::7"],
};

describe("certificates", () => {
  it("give each instance its own authority for ten years that can sign servers only", async () => {
    const { caCertificate, caKey } = await certificates.newAuthority(ref);
    const ca = new X509Certificate(caCertificate);

    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(ca.checkPrivateKey(createPrivateKey(caKey))).toBe(true);
    expect(ca.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(new Date(ca.validFrom).getTime()).toBe(now.getTime() - 3_600_000);
    expect(new Date(ca.validTo).getUTCFullYear()).toBe(2036);
  });

  it("issue a server certificate for 90 days that the authority signed", async () => {
    const authority = await certificates.newAuthority(ref);
    const issued = await certificates.issue(authority, covers);
    const ca = new X509Certificate(authority.caCertificate);
    const server = new X509Certificate(issued.certificate);

    expect(server.ca).toBe(false);
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.checkIssued(ca)).toBe(true);
    expect(server.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
    // 1.3.6.1.5.5.7.3.1 is serverAuth.
    expect(server.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(server.checkHost("pg-orders-1a2b3c4d.toygres.svc")).toBeDefined();
    expect(server.checkIP("203.0.113.7")).toBe("203.0.113.7");
    expect(server.checkHost("pg-other-1a2b3c4d.toygres.svc")).toBeUndefined();
  });

  it("are read back as what they cover, and until when", async () => {
    const authority = await certificates.newAuthority(ref);
    const facts = certificates.inspect((await certificates.issue(authority, covers)).certificate);

    expect(facts.dnsNames).toEqual(covers.dnsNames);
    expect(facts.addresses).toEqual(covers.addresses);
    expect(facts.notAfter).toEqual(new Date("2026-05-30T12:00:00Z"));
    expect(facts.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it("never share a serial number or a key", async () => {
    const authority = await certificates.newAuthority(ref);
    const issued = await Promise.all([1, 2, 3].map(() => certificates.issue(authority, covers)));

    expect(new Set(issued.map((it) => new X509Certificate(it.certificate).serialNumber)).size).toBe(
      3,
    );
    expect(new Set(issued.map((it) => it.key)).size).toBe(3);
  });
});
