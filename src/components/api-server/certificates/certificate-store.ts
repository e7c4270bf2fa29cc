import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { CertificateAndKey } from './mint-certificate.ts';

/** A certificate with less time left than this is renewed. */
const renewalMs = 30 * 86_400_000;

/** What a stored certificate must be to be kept. */
export interface CertificateExpectation {
  readonly nowMs: number;
  /** PEM of the authority that must have signed it; absent for an authority itself. */
  readonly issuerPem?: string;
  readonly commonName: string;
  readonly serverNames?: readonly string[];
  readonly serverAddresses?: readonly string[];
}

/** Certificates and keys as `<name>.crt` and `<name>.key` in a directory that only its owner may enter; files are replaced whole. */
export class CertificateStore {
  readonly #directory: string;
  /** By name, so that nothing is minted twice when it is asked for twice at once. */
  readonly #underWay = new Map<string, Promise<CertificateAndKey>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What is stored under a name when it is still good; otherwise what `mint` makes, which is stored. */
  ensure(name: string, expectation: CertificateExpectation, mint: () => Promise<CertificateAndKey>): Promise<CertificateAndKey> {
    const known = this.#underWay.get(name);
    if (known) return known.then(() => this.ensure(name, expectation, mint));
    const ensured = this.#ensure(name, expectation, mint).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, ensured);
    return ensured;
  }

  /** The text of a file, or `undefined` when there is none. */
  async text(file: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.#directory, file), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new Error(`certificates: ${join(this.#directory, file)} cannot be read: make it readable, or remove it and start again`, { cause: error });
    }
  }

  async write(file: string, text: string): Promise<void> {
    const path = join(this.#directory, file);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  async #ensure(name: string, expectation: CertificateExpectation, mint: () => Promise<CertificateAndKey>): Promise<CertificateAndKey> {
    const stored = await this.#read(name);
    if (stored && isGood(stored, expectation)) return stored;
    const minted = await mint();
    await this.write(`${name}.key`, minted.privateKeyPem);
    await this.write(`${name}.crt`, minted.certificatePem);
    return minted;
  }

  async #read(name: string): Promise<CertificateAndKey | undefined> {
    const [certificatePem, privateKeyPem] = await Promise.all([this.text(`${name}.crt`), this.text(`${name}.key`)]);
    return certificatePem !== undefined && privateKeyPem !== undefined ? { certificatePem, privateKeyPem } : undefined;
  }
}

function isGood(
  { certificatePem, privateKeyPem }: CertificateAndKey,
  { nowMs, issuerPem, commonName, serverNames = [], serverAddresses = [] }: CertificateExpectation,
): boolean {
  try {
    const certificate = new X509Certificate(certificatePem);
    return (
      Date.parse(certificate.validTo) - nowMs > renewalMs &&
      certificate.checkPrivateKey(createPrivateKey(privateKeyPem)) &&
      certificate.subject.split('\n').includes(`CN=${commonName}`) &&
      (issuerPem === undefined || certificate.verify(new X509Certificate(issuerPem).publicKey)) &&
      serverNames.every((name) => certificate.checkHost(name) !== undefined) &&
      serverAddresses.every((address) => isIP(address) === 0 || certificate.checkIP(address) !== undefined)
    );
  } catch {
    return false; // damaged: minted anew
  }
}
