import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CustomResourceDefinition } from '../../../api/generated/apiextensions-v1.ts';
import type { Draft } from '../draft.ts';
import { takenNames } from './accepted-names.ts';
import { settleStatus } from './conditions.ts';

const now = new Date('2026-01-01T00:00:00Z');
const nothing = takenNames([]);

const draftOf = (group: string, annotation?: string): Draft<CustomResourceDefinition> => ({
  metadata: { name: `as.${group}`, ...(annotation === undefined ? {} : { annotations: { 'api-approved.kubernetes.io': annotation } }) },
  spec: {
    group,
    names: { plural: 'as', singular: 'a', kind: 'A', listKind: 'AList' },
    versions: [
      { name: 'v1', served: true, storage: true },
      { name: 'v2', served: true, storage: false },
    ],
  },
});

describe('the status of a definition', () => {
  const missing =
    'False MissingAnnotation: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111';
  const cases: [group: string, annotation: string | undefined, want: string | undefined][] = [
    ['example.com', undefined, undefined],
    ['sigs.k8s.io', undefined, missing],
    ['kubernetes.io', '', missing],
    ['sigs.k8s.io', 'https://github.com/kubernetes/kubernetes/pull/1', 'True ApprovedAnnotation: approved in https://github.com/kubernetes/kubernetes/pull/1'],
    ['sigs.k8s.io', 'unapproved, experimental', 'False UnapprovedAnnotation: not approved: "unapproved, experimental"'],
    [
      'sigs.k8s.io',
      'yes',
      'False InvalidAnnotation: protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  ];
  for (const [group, annotation, want] of cases) {
    it(`of group ${group}, annotated ${annotation ?? 'with nothing'}, ${want ? 'tells of its approval' : 'says nothing of approval'}`, () => {
      const draft = draftOf(group, annotation);
      settleStatus(draft, nothing, now);
      const found = draft.status?.conditions?.find(({ type }) => type === 'KubernetesAPIApprovalPolicyConformant');
      assert.equal(found && `${found.status} ${found.reason}: ${found.message}`, want);
    });
  }

  it('tells of the approval first', () => {
    const draft = draftOf('sigs.k8s.io');
    settleStatus(draft, nothing, now);
    assert.deepEqual(
      draft.status?.conditions?.map(({ type }) => type),
      ['KubernetesAPIApprovalPolicyConformant', 'NamesAccepted', 'Established'],
    );
  });

  it('keeps the times of conditions that have not changed', () => {
    const draft = draftOf('example.com');
    settleStatus(draft, nothing, now);
    const before = draft.status;
    settleStatus(draft, nothing, new Date('2026-02-01T00:00:00Z'));
    assert.deepEqual(draft.status, before);
  });

  it('remembers every version that was stored', () => {
    const draft = draftOf('example.com');
    settleStatus(draft, nothing, now);
    draft.spec!.versions = [
      { name: 'v1', served: true, storage: false },
      { name: 'v2', served: true, storage: true },
    ];
    settleStatus(draft, nothing, now);
    assert.deepEqual(draft.status?.storedVersions, ['v1', 'v2']);
  });

  it('does not write to what is stored', () => {
    const draft = draftOf('example.com');
    draft.status = Object.freeze({ storedVersions: ['v1'], conditions: [] });
    settleStatus(draft, nothing, now);
    assert.equal(draft.status.conditions?.length, 2);
  });
});
