import { webcrypto } from 'node:crypto';
import { loadX509 } from '../x509.ts';

export interface WantedRequest {
  /** Several are written in their order. */
  readonly commonName?: string | readonly string[];
  readonly organizations?: readonly string[];
  readonly names?: readonly { readonly type: 'dns' | 'ip' | 'email' | 'url'; readonly value: string }[];
}

/** The base64 of a PEM certificate request, as `spec.request` holds it. */
export async function newCertificateRequest({ commonName, organizations = [], names = [] }: WantedRequest): Promise<string> {
  const x509 = await loadX509();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: new x509.Name([
      ...organizations.map((text) => ({ O: [{ utf8String: text }] })),
      ...[commonName ?? []].flat().map((text) => ({ CN: [{ utf8String: text }] })),
    ]),
    keys,
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension([...names])] : [],
  });
  return Buffer.from(request.toString('pem')).toString('base64');
}
