import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../../api/generated/certificates-v1.ts';
import { certificatesigningrequests } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { pathSegmentName } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, humanDuration, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { updateSubresource } from '../../../extension-points/resources/subresources.ts';
import { timeText } from '../../../kernel/clock.ts';
import { dnsSubdomainAt, duplicates, eachAt, optionalOneOfAt, requiredAt } from '../core/field-checks.ts';

type Request = Draft<CertificateSigningRequest>;
type Condition = Loose<CertificateSigningRequestCondition>;
const decisions = ['Approved', 'Denied'];
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

/** certificates.k8s.io/v1 `certificatesigningrequests`. Who asks is written down by the server. */
export function certificateSigningRequestDefinition(): ResourceDefinition {
  return defineBuiltIn(certificatesigningrequests, {
    columns: [
      nameColumn,
      ageColumn,
      { name: 'SignerName', description: 'Who is asked to sign.', cell: ({ spec }) => spec?.signerName ?? '' },
      { name: 'Requestor', description: 'Who asks.', cell: ({ spec }) => spec?.username ?? '' },
      {
        name: 'RequestedDuration',
        description: 'How long the certificate should be valid.',
        cell: ({ spec }) => (spec?.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000)),
      },
      { name: 'Condition', description: 'What became of it.', cell: conditionText },
    ],
    generationFields: [],
    applyDefaults(draft) {
      if (draft.spec && draft.spec.usages === undefined) draft.spec.usages = ['digital signature', 'key encipherment'];
    },
    prepareForCreate(draft, context) {
      draft.status = {};
      recordRequestor(draft, context);
    },
    prepareForUpdate(draft, old) {
      if (old.spec) draft.spec = old.spec;
    },
    validateName: pathSegmentName,
    validate,
    selectableFields: { 'spec.signerName': ({ spec }) => spec?.signerName },
    status: {
      prepareForUpdate(draft, old, context) {
        // Decisions are taken through /approval only.
        const kept = old.status?.conditions?.filter(isDecision) ?? [];
        const others = draft.status?.conditions?.filter((condition) => !isDecision(condition)) ?? [];
        draft.status = { ...draft.status, conditions: stamped([...kept, ...others], old, context) };
        if (draft.status.conditions?.length === 0) delete draft.status.conditions;
      },
      validateUpdate: (request, old) => [
        ...validateConditions(request),
        ...(old.status?.certificate && request.status?.certificate !== old.status.certificate
          ? [fieldError.forbidden('status.certificate', 'updates may not set certificate content to another value')]
          : []),
      ],
    },
    subresources: {
      approval: updateSubresource<CertificateSigningRequest>({
        takes: ['metadata', 'status'],
        prepareForUpdate(draft, old, context) {
          const asked = draft.status?.conditions ?? [];
          draft.status = { ...old.status, conditions: stamped(asked, old, context) };
          if (asked.length === 0) delete draft.status.conditions;
        },
        validateUpdate: (request, old) => [...validateConditions(request), ...validateKept(request, old)],
      }),
    },
  });
}

const isDecision = (condition: Condition): boolean => decisions.includes(condition.type ?? '');

function recordRequestor(draft: Request, { user }: WriteContext): void {
  const spec = (draft.spec ??= {});
  const { username: _u, uid: _i, groups: _g, extra: _e, ...asked } = spec;
  draft.spec = {
    ...asked,
    username: user.name,
    ...(user.uid ? { uid: user.uid } : {}),
    ...(user.groups.length > 0 ? { groups: [...user.groups] } : {}),
    ...(user.extra && Object.keys(user.extra).length > 0
      ? { extra: Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]])) }
      : {}),
  };
}

/** Times are the server's: of the last word, and of the last change of status. */
function stamped(conditions: readonly Condition[], old: Request, { nowMs }: WriteContext): Condition[] {
  const now = timeText(nowMs);
  return conditions.map((condition) => {
    const before = old.status?.conditions?.find((candidate) => candidate.type === condition.type);
    const isSame = before?.status === condition.status;
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? (isSame ? (before?.lastTransitionTime ?? now) : now),
    };
  });
}

function conditionText({ status }: Request): string {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) ?? false;
  const text = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${text}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}

function validate({ spec = {} }: Request): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.request) errors.push(fieldError.required('spec.request'));
  else if (!Buffer.from(spec.request, 'base64').toString('latin1').includes('-----BEGIN CERTIFICATE REQUEST-----'))
    errors.push(fieldError.invalid('spec.request', spec.request, 'PEM block type must be CERTIFICATE REQUEST'));
  const duplicate = duplicates();
  errors.push(
    ...requiredAt(spec.usages ?? [], 'spec.usages'),
    ...eachAt(spec.usages, 'spec.usages', (usage, path) => [...optionalOneOfAt(usage, usages, path), ...duplicate(usage, path)]),
  );
  errors.push(...validateSignerName(spec.signerName ?? ''));
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < 600)
    errors.push(fieldError.invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)'));
  return errors;
}

/** `example.com/name`: a domain of at least two parts, and a path. */
function validateSignerName(name: string): FieldError[] {
  const path = 'spec.signerName';
  if (name === '') return [fieldError.required(path)];
  const slash = name.indexOf('/');
  if (slash < 0 || name.indexOf('/', slash + 1) >= 0)
    return [fieldError.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  const domain = name.slice(0, slash);
  const errors = dnsSubdomainAt(domain, path);
  if (!domain.includes('.')) errors.push(fieldError.invalid(path, domain, 'should be a domain with at least two segments separated by dots'));
  return /^[a-zA-Z0-9]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?$/.test(name.slice(slash + 1))
    ? errors
    : [
        ...errors,
        fieldError.invalid(
          path,
          name.slice(slash + 1),
          "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        ),
      ];
}

function validateConditions({ status }: Request): FieldError[] {
  const conditions = status?.conditions ?? [];
  const duplicate = duplicates();
  const errors = eachAt(conditions, 'status.conditions', (condition, path) => [
    ...requiredAt(condition.type, `${path}.type`),
    ...requiredAt(condition.status, `${path}.status`),
    ...(condition.status && ['Approved', 'Denied', 'Failed'].includes(condition.type ?? '')
      ? optionalOneOfAt(condition.status, ['True'], `${path}.status`)
      : []),
    ...duplicate(condition.type ?? '', `${path}.type`),
  ]);
  const both = decisions.every((type) => conditions.some((condition) => condition.type === type));
  return both ? [...errors, fieldError.invalid('status.conditions', 'Denied', 'Approved and Denied conditions are mutually exclusive')] : errors;
}

/** A decision stands. */
function validateKept({ status }: Request, old: Request): FieldError[] {
  return (old.status?.conditions ?? []).filter(isDecision).flatMap((before) => {
    const after = status?.conditions?.find((condition) => condition.type === before.type);
    const isKept = after && sameValue({ ...after, lastUpdateTime: '', message: '', reason: '' }, { ...before, lastUpdateTime: '', message: '', reason: '' });
    return isKept
      ? []
      : [fieldError.forbidden('status.conditions', `updates may not ${after ? 'modify' : 'remove'} a condition of type ${JSON.stringify(before.type)}`)];
  });
}
