import type { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { effectiveCommonName } from './common-name.ts';
import { loadX509 } from './x509.ts';

/** A certificate signing request (PKCS #10) as far as signers look at it. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly parsed: Pkcs10CertificateRequest;
}

/** Why a text is no PEM of a certificate request, in upstream's words; `undefined` when it looks like one. */
export function pemProblem(base64: string): string | undefined {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  return /-----BEGIN CERTIFICATE REQUEST-----[\s\S]+-----END CERTIFICATE REQUEST-----/.test(text) ? undefined : 'PEM block type must be CERTIFICATE REQUEST';
}

/** Reads the base64 of a PEM request. Rejects with an Error that says what is wrong with it. */
export async function parseCertificateRequest(base64: string): Promise<CertificateRequest> {
  const problem = pemProblem(base64);
  if (problem !== undefined) throw new Error(problem);
  const x509 = await loadX509();
  const parsed = attempt(() => new x509.Pkcs10CertificateRequest(Buffer.from(base64, 'base64').toString('latin1')));
  const names = alternativeNames(parsed)?.names.items ?? [];
  const ofType = (type: string): string[] => names.filter((name) => name.type === type).map((name) => name.value);
  return {
    commonName: effectiveCommonName(parsed.subjectName.getField('CN')),
    organizations: parsed.subjectName.getField('O'),
    dnsNames: ofType('dns'),
    ipAddresses: ofType('ip'),
    emailAddresses: ofType('email'),
    uris: ofType('url'),
    parsed,
  };
}

/** The extension with the names beside the common one, if the request has it. */
export const alternativeNames = (parsed: Pkcs10CertificateRequest): SubjectAlternativeNameExtension | undefined =>
  (parsed.getExtension('2.5.29.17') as SubjectAlternativeNameExtension | null) ?? undefined;

/** Checks that whoever made the request has the key it is for. Rejects with upstream's words. */
export async function verifyCertificateRequest({ parsed }: CertificateRequest): Promise<void> {
  const isGood = await parsed.verify().catch(() => false);
  if (!isGood) throw new Error('x509: signature verification failed');
}

function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`asn1: structure error: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
