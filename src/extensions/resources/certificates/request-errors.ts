import { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../../api/generated/certificates-v1.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems, maximumLabelLength, maximumSubdomainLength } from '../../../api/names.ts';
import { type FieldError, fieldError, invalid } from '../../../api/status.ts';
import { parseCertificateRequest, pemProblem, verifyCertificateRequest } from '../../../extension-points/authentication/certificate-request.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { duplicates, eachAt, optionalOneOfAt, requiredAt } from '../core/field-checks.ts';

type Request = Draft<CertificateSigningRequest>;
type Condition = Loose<CertificateSigningRequestCondition>;

export const decisions: readonly string[] = ['Approved', 'Denied'];
const lasting = ['Approved', 'Denied', 'Failed'];
const minimumSeconds = 600;

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

/** What is wrong with a new request, but for what is inside of it. */
export function requestErrors(request: Request): FieldError[] {
  const { spec = {} } = request;
  const problem = pemProblem(spec.request ?? '');
  const duplicate = duplicates();
  const repeated = duplicates();
  return [
    ...(problem === undefined ? [] : [fieldError.invalid('spec.request', spec.request ?? '', problem)]),
    ...requiredAt(spec.usages ?? [], 'spec.usages'),
    ...eachAt(spec.usages, 'spec.usages', (usage, path) => optionalOneOfAt(usage, usages, path)),
    ...eachAt(spec.usages, 'spec.usages', (usage, path) => duplicate(usage, path)),
    ...(spec.signerName === 'kubernetes.io/legacy-unknown'
      ? [fieldError.invalid('spec.signerName', spec.signerName, 'the legacy signerName is not allowed via this API version')]
      : signerNameErrors(spec.signerName ?? '')),
    ...(spec.expirationSeconds !== undefined && spec.expirationSeconds < minimumSeconds
      ? [fieldError.invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)')]
      : []),
    ...conditionErrors(request, repeated),
  ];
}

/** Refuses (422) a request that cannot be read, or whose maker does not have the key it is for. */
export async function requireGoodRequest({ metadata, spec }: Request): Promise<void> {
  try {
    await verifyCertificateRequest(await parseCertificateRequest(spec?.request ?? ''));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw invalid({ group: 'certificates.k8s.io', kind: 'CertificateSigningRequest' }, metadata.name ?? '', [
      fieldError.invalid('spec.request', spec?.request ?? '', detail),
    ]);
  }
}

/** `example.com/name`: a domain of at least two parts, and a path of names. */
function signerNameErrors(name: string): FieldError[] {
  const path = 'spec.signerName';
  if (name === '') return [fieldError.required(path)];
  const [domain = '', rest = '', ...more] = name.split('/');
  if (!name.includes('/') || more.length > 0)
    return [fieldError.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  const errors = domain.length > maximumSubdomainLength ? [fieldError.tooLong(path, maximumSubdomainLength)] : [];
  errors.push(...labelErrors(domain, path, dns1123LabelProblems));
  if (!domain.includes('.')) errors.push(fieldError.invalid(path, domain, 'should be a domain with at least two segments separated by dots'));
  errors.push(...labelErrors(rest, path, dns1123SubdomainProblems));
  const longest = maximumSubdomainLength + maximumLabelLength + 1;
  return rest.length > longest ? [...errors, fieldError.tooLong(path, longest)] : errors;
}

/** The problems of the first label that has some. */
function labelErrors(text: string, path: string, problemsOf: (label: string) => readonly string[]): FieldError[] {
  const label = text.split('.').find((part) => problemsOf(part).length > 0);
  return label === undefined ? [] : problemsOf(label).map((problem) => fieldError.invalid(path, text, `validating label ${JSON.stringify(label)}: ${problem}`));
}

function conditionErrors({ status }: Request, duplicate: ReturnType<typeof duplicates>): FieldError[] {
  const seen = new Set<string>();
  return eachAt(status?.conditions, 'status.conditions', (condition, path) => {
    const { type = '', status: value } = condition;
    seen.add(type);
    const isBoth = decisions.includes(type) && decisions.every((decision) => seen.has(decision));
    return [
      ...requiredAt(type, `${path}.type`),
      ...requiredAt(value, `${path}.status`),
      ...(value ? optionalOneOfAt(value, lasting.includes(type) ? ['True'] : ['False', 'True', 'Unknown'], `${path}.status`) : []),
      ...(isBoth ? [fieldError.invalid('status.conditions', type, 'Approved and Denied conditions are mutually exclusive')] : []),
      ...duplicate(type, `${path}.type`),
    ];
  });
}

/** What is wrong with a change. Conditions that say how a request ended stay; decisions and certificates come through their own sub-resources. */
export function updateErrors(request: Request, old: Request, { mayDecide = false, maySign = false }: { mayDecide?: boolean; maySign?: boolean }): FieldError[] {
  const path = 'status.conditions';
  const errors = conditionErrors(request, duplicates());
  const of = ({ status }: Request, type: string): Condition[] => status?.conditions?.filter((condition) => condition.type === type) ?? [];
  for (const type of lasting)
    if (of(request, type).length < of(old, type).length)
      errors.push(fieldError.forbidden(path, `updates may not remove a condition of type ${JSON.stringify(type)}`));
  for (const type of mayDecide ? [] : decisions) {
    const [now, before] = [of(request, type), of(old, type)];
    if (now.length > before.length) errors.push(fieldError.forbidden(path, `updates may not add a condition of type ${JSON.stringify(type)}`));
    else if (now.length === before.length && !isDeepStrictEqual(now, before))
      errors.push(fieldError.forbidden(path, `updates may not modify a condition of type ${JSON.stringify(type)}`));
  }
  return [...errors, ...certificateErrors(request.status?.certificate, old.status?.certificate, maySign)];
}

function certificateErrors(certificate: string | undefined, old: string | undefined, maySign: boolean): FieldError[] {
  if ((certificate ?? '') === (old ?? '')) return [];
  const path = 'status.certificate';
  const problem = certificate ? certificateProblem(Buffer.from(certificate, 'base64').toString('latin1')) : undefined;
  const errors = problem === undefined ? [] : [fieldError.invalid(path, '<certificate data>', problem)];
  if (!maySign) return [...errors, fieldError.forbidden(path, 'updates may not set certificate content')];
  return old ? [...errors, fieldError.forbidden(path, 'updates may not modify existing certificate content')] : errors;
}

/** A certificate is a chain of PEM blocks without headers. */
function certificateProblem(pem: string): string | undefined {
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)-----END \1-----/g)];
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const [block, type, body = ''] of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (body.includes(':')) return 'no PEM block headers are permitted';
    try {
      new X509Certificate(block);
    } catch {
      return 'x509: malformed certificate';
    }
  }
  return undefined;
}
