import { webcrypto } from 'node:crypto';
import type { Extension } from '@peculiar/x509';
import { loadX509 } from '../../../extension-points/authentication/x509.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority, and certificates of it: one for a server on 127.0.0.1, one for each client subject asked for (`CN=x,O=y`). */
export async function createTestAuthority(): Promise<{ ca: string; server: TestCertificate; client(subject: string): Promise<TestCertificate> }> {
  const x509 = await loadX509();
  const keys = await generate();
  const lifetime = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=test',
    ...lifetime,
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  let serial = 2;
  const issue = async (subject: string, extensions: Extension[]): Promise<TestCertificate> => {
    const own = await generate();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: (serial++).toString(16).padStart(2, '0'),
      subject,
      issuer: authority.subject,
      ...lifetime,
      signingAlgorithm: algorithm,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions,
    });
    const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', own.privateKey)).toString('base64');
    return { certificate: certificate.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
  };
  return {
    ca: authority.toString('pem'),
    server: await issue('CN=node', [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])]),
    client: (subject) => issue(subject, []),
  };
}

const generate = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
