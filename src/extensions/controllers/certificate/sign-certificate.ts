import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { alternativeNames, type CertificateRequest } from '../../../extension-points/authentication/certificate-request.ts';
import { loadX509 } from '../../../extension-points/authentication/x509.ts';
import { certificateSubject } from './certificate-subject.ts';

/** The authority that signs, PEM. Its key is on an elliptic curve or RSA. */
export interface SigningAuthority {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface SigningTerms {
  readonly usages: readonly string[];
  readonly lifeMs: number;
  readonly nowMs: number;
}

const backdateMs = 5 * 60_000;
/** Shorter lives are not shortened by the backdating. */
const shortLifeMs = 8 * 3_600_000;

/** Signs a request: its subject, names and key; the usages it asks for; an authority it never becomes. Answers PEM. Throws for an authority that has expired. */
export async function signCertificate(request: CertificateRequest, authority: SigningAuthority, { usages, lifeMs, nowMs }: SigningTerms): Promise<string> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificatePem);
  if (issuer.notAfter.getTime() <= nowMs) throw new Error(`the signer has expired: ${issuer.notAfter.toISOString()}`);
  const { key, algorithm } = await signingKey(authority.privateKeyPem);
  const names = alternativeNames(request.parsed);
  const keyUsage = usages.reduce((flags, usage) => flags | (keyUsageFlags[usage] ?? 0), 0);
  const purposes = [...new Set(usages.flatMap((usage) => extendedUsages[usage] ?? []))];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: await certificateSubject(request.parsed.subjectName),
    issuer: issuer.subjectName,
    publicKey: request.parsed.publicKey,
    signingKey: key,
    signingAlgorithm: algorithm,
    notBefore: new Date(nowMs - backdateMs),
    notAfter: new Date(Math.min(nowMs + lifeMs - (lifeMs < shortLifeMs ? 0 : backdateMs), issuer.notAfter.getTime())),
    extensions: [
      ...(keyUsage === 0 ? [] : [new x509.KeyUsagesExtension(keyUsage, true)]),
      ...(purposes.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(purposes)]),
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(names ? [names] : []),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** A positive number without a leading zero octet. */
function serialNumber(): string {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial.toString('hex');
}

const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

async function signingKey(pem: string): Promise<{ key: webcrypto.CryptoKey; algorithm: { name: string; hash: string; namedCurve?: string } }> {
  const key = createPrivateKey(pem);
  const der = key.export({ type: 'pkcs8', format: 'der' });
  const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
  const algorithm = curve === undefined ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } : { name: 'ECDSA', hash: 'SHA-256', namedCurve: curve };
  return { key: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']), algorithm };
}

/** RFC 5280, 4.2.1.3: the bits of the key usage extension. */
const keyUsageFlags: Readonly<Record<string, number>> = {
  signing: 1,
  'digital signature': 1,
  'content commitment': 2,
  'key encipherment': 4,
  'data encipherment': 8,
  'key agreement': 16,
  'cert sign': 32,
  'crl sign': 64,
  'encipher only': 128,
  'decipher only': 256,
};

const purpose = '1.3.6.1.5.5.7.3.';
const extendedUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': `${purpose}1`,
  'client auth': `${purpose}2`,
  'code signing': `${purpose}3`,
  'email protection': `${purpose}4`,
  's/mime': `${purpose}4`,
  'ipsec end system': `${purpose}5`,
  'ipsec tunnel': `${purpose}6`,
  'ipsec user': `${purpose}7`,
  timestamping: `${purpose}8`,
  'ocsp signing': `${purpose}9`,
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};
