import { X509Certificate } from 'node:crypto';

const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Checks that a text holds certificates of authorities in PEM. Throws, in upstream's words, when it holds none or one that cannot be read. */
export function requireAuthorities(pem: string): void {
  const blocks = pem.match(block) ?? [];
  if (blocks.length === 0) throw new Error('data does not contain any valid RSA or ECDSA certificates');
  for (const certificate of blocks) {
    try {
      new X509Certificate(certificate);
    } catch (cause) {
      throw new Error('x509: malformed certificate', { cause });
    }
  }
}
