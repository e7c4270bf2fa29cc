import type { webcrypto } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Extension, Name, X509CertificateCreateParams } from '@peculiar/x509';
import { loadX509 } from '../../../extension-points/authentication/x509.ts';

/** A certificate with its private key, both PEM. */
export interface CertificateAndKey {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** Who a certificate is for, and for how long. Times are milliseconds since the epoch. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly days: number;
  readonly nowMs: number;
}

export interface ServingCertificateRequest extends CertificateRequest {
  readonly serverNames: readonly string[];
  readonly serverAddresses: readonly string[];
}

const dayMs = 86_400_000;
const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signatureAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
const usage = { serverAuthentication: '1.3.6.1.5.5.7.3.1', clientAuthentication: '1.3.6.1.5.5.7.3.2' };
/** Clocks of clients may be a little behind. */
const backdateMs = 5 * 60_000;

/** A self-signed certificate authority. */
export async function mintCertificateAuthority(request: CertificateRequest): Promise<CertificateAndKey> {
  const [x509, keys] = await Promise.all([loadX509(), newKeys()]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...(await commonParameters(request)),
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: pemOf(certificate), privateKeyPem: await privateKeyPem(keys) };
}

/** A certificate that a user, a component or a node shows to the API server. */
export async function mintClientCertificate(
  request: Omit<CertificateRequest, 'nowMs'> & { readonly ca: CertificateAndKey; readonly nowMs?: number },
): Promise<CertificateAndKey> {
  const x509 = await loadX509();
  return mintLeaf(request.ca, { ...request, nowMs: request.nowMs ?? Date.now() }, [new x509.ExtendedKeyUsageExtension([usage.clientAuthentication])]);
}

/** A certificate that a server shows to its clients, for names and IP addresses. */
export async function mintServingCertificate(ca: CertificateAndKey, request: ServingCertificateRequest): Promise<CertificateAndKey> {
  const x509 = await loadX509();
  const names = [
    ...request.serverNames.map((value) => ({ type: 'dns' as const, value })),
    ...request.serverAddresses.filter((address) => isIP(address) !== 0).map((value) => ({ type: 'ip' as const, value })),
  ];
  return mintLeaf(ca, request, [new x509.ExtendedKeyUsageExtension([usage.serverAuthentication]), new x509.SubjectAlternativeNameExtension(names)]);
}

async function mintLeaf(ca: CertificateAndKey, request: CertificateRequest, extensions: readonly Extension[]): Promise<CertificateAndKey> {
  const [x509, keys, { issuer, authorityKeyIdentifier, signingKey }] = await Promise.all([loadX509(), newKeys(), signerOf(ca)]);
  const certificate = await x509.X509CertificateGenerator.create({
    ...(await commonParameters(request)),
    issuer,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...extensions,
      authorityKeyIdentifier,
    ],
  });
  return { certificatePem: pemOf(certificate), privateKeyPem: await privateKeyPem(keys) };
}

interface Signer {
  readonly issuer: Name;
  readonly authorityKeyIdentifier: Extension;
  readonly signingKey: webcrypto.CryptoKey;
}

/** What of an authority goes into each certificate it signs, worked out once. */
const signers = new WeakMap<CertificateAndKey, Promise<Signer>>();

function signerOf(ca: CertificateAndKey): Promise<Signer> {
  const known = signers.get(ca);
  if (known) return known;
  const read = readSigner(ca);
  signers.set(ca, read);
  return read;
}

async function readSigner(ca: CertificateAndKey): Promise<Signer> {
  const [x509, signingKey] = await Promise.all([loadX509(), importPrivateKey(ca.privateKeyPem)]);
  const certificate = new x509.X509Certificate(ca.certificatePem);
  return { issuer: certificate.subjectName, authorityKeyIdentifier: await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey), signingKey };
}

async function commonParameters({
  commonName,
  organizations = [],
  days,
  nowMs,
}: CertificateRequest): Promise<
  Pick<X509CertificateCreateParams, 'serialNumber' | 'notBefore' | 'notAfter' | 'signingAlgorithm'> & { name: Name; subject: Name }
> {
  const x509 = await loadX509();
  // Each organization is an attribute of its own: that is how groups are read. Values are given with their type: as bare text the library would
  // interpret quotes and `#` in them.
  const name = new x509.Name([...organizations.map((organization) => ({ O: [{ utf8String: organization }] })), { CN: [{ utf8String: commonName }] }]);
  const serial = randomBytes(16);
  serial[0]! &= 0x7f; // a serial number is positive
  serial[0]! |= 0x40; // and has no leading zero octet
  return {
    name,
    subject: name,
    serialNumber: serial.toString('hex'),
    signingAlgorithm: signatureAlgorithm,
    notBefore: new Date(nowMs - backdateMs),
    notAfter: new Date(nowMs + days * dayMs),
  };
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> => crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);

const importPrivateKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  crypto.subtle.importKey('pkcs8', Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64'), keyAlgorithm, false, ['sign']);

const pemOf = (certificate: { toString(format: 'pem'): string }): string => `${certificate.toString('pem')}\n`;

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replace(/(.{64})(?!$)/g, '$1\n')}\n-----END PRIVATE KEY-----\n`;
}
