import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../../api/generated/certificates-v1.ts';
import { certificatesigningrequests } from '../../../api/generated/resource-types.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { pathSegmentName } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, humanDuration, nameColumn } from '../../../extension-points/resources/printer.ts';
import { updateSubresource } from '../../../extension-points/resources/subresources.ts';
import { timeText } from '../../../kernel/clock.ts';
import { decisions, requestErrors, requireGoodRequest, updateErrors } from './request-errors.ts';

type Request = Draft<CertificateSigningRequest>;
type Condition = Loose<CertificateSigningRequestCondition>;
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
    validate: (request, context) => (context.operation === 'CREATE' ? requestErrors(request) : []),
    validateUpdate: (request, old) => updateErrors(request, old, {}),
    async beforeCommit(draft, old) {
      // Reading a request takes a library that is loaded when it is first needed.
      if (!old) await requireGoodRequest(draft);
    },
    selectableFields: { 'spec.signerName': ({ spec }) => spec?.signerName },
    status: {
      prepareForUpdate(draft, old, context) {
        const kept = keptDecisions(draft.status?.conditions ?? [], old.status?.conditions ?? []);
        draft.status = { ...draft.status, conditions: stamped(kept, old, context) };
        if (draft.status.conditions?.length === 0) delete draft.status.conditions;
      },
      validateUpdate: (request, old) => updateErrors(request, old, { maySign: true }),
    },
    subresources: {
      approval: updateSubresource<CertificateSigningRequest>({
        takes: ['metadata', 'status'],
        prepareForUpdate(draft, old, context) {
          const asked = draft.status?.conditions ?? [];
          draft.status = { ...old.status, conditions: stamped(asked, old, context) };
          if (asked.length === 0) delete draft.status.conditions;
        },
        validateUpdate: (request, old) => updateErrors(request, old, { mayDecide: true }),
      }),
    },
  });
}

/** Decisions are taken through `approval` only: of the same number, the old ones stand; another number is refused by validation. */
function keptDecisions(conditions: readonly Condition[], old: readonly Condition[]): Condition[] {
  let kept = [...conditions];
  for (const type of decisions) {
    const before = old.filter((condition) => condition.type === type);
    if (kept.filter((condition) => condition.type === type).length !== before.length) continue;
    let next = 0;
    kept = kept.map((condition) => (condition.type === type ? before[next++]! : condition));
  }
  return kept;
}

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
