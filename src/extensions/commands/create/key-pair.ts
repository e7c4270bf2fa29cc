import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** Throws, with the words of Go's crypto/tls, unless both are PEM and the key is the certificate's. */
export function checkKeyPair(certificate: Buffer, key: Buffer): void {
  const parsed = parseCertificate(findBlock(certificate, certificateProblem, (type) => type === 'CERTIFICATE'));
  const privateKey = parseKey(findBlock(key, keyProblem, (type) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY')));
  if (parsed.publicKey.asymmetricKeyType !== privateKey.asymmetricKeyType) throw new Error('tls: private key type does not match public key type');
  if (!parsed.checkPrivateKey(privateKey)) throw new Error('tls: private key does not match public key');
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

function findBlock(bytes: Buffer, problem: (types: readonly string[]) => string, isWanted: (type: string) => boolean): string {
  const blocks = [...bytes.toString('latin1').matchAll(block)];
  const found = blocks.find(([, type = '']) => isWanted(type));
  if (!found) throw new Error(problem(blocks.map(([, type = '']) => type)));
  return found[0];
}

function certificateProblem(types: readonly string[]): string {
  if (types.length === 0) return 'tls: failed to find any PEM data in certificate input';
  if (types.length === 1 && types[0]!.endsWith('PRIVATE KEY'))
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${types.join(' ')}]`;
}

function keyProblem(types: readonly string[]): string {
  if (types.length === 0) return 'tls: failed to find any PEM data in key input';
  if (types.length === 1 && types[0] === 'CERTIFICATE') return 'tls: found a certificate rather than a key in the PEM for the private key';
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${types.join(' ')}]`;
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new Error('x509: malformed certificate', { cause: error });
  }
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new Error('tls: failed to parse private key', { cause: error });
  }
}
