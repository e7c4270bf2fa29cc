import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../api/object.ts';
import { fieldErrorText } from '../../api/status.ts';
import { localReviewErrors, selfReviewErrors, subjectReviewErrors } from './review-errors.ts';
import { fieldRequirements, labelRequirements, readFieldSelector, readLabelSelector } from './selector-requirements.ts';

const review = (spec: object, metadata: object = {}): UntypedObject => ({ metadata, spec }) as unknown as UntypedObject;
const pods = { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } };
const fieldSelector = (selector: object): object => ({ resourceAttributes: { ...pods.resourceAttributes, fieldSelector: selector } });
const labelSelector = (selector: object): object => ({ resourceAttributes: { ...pods.resourceAttributes, labelSelector: selector } });

describe('a review', () => {
  const cases: [string, (draft: UntypedObject) => readonly Parameters<typeof fieldErrorText>[0][], UntypedObject, string[]][] = [
    ['of oneself is good', selfReviewErrors, review(pods), []],
    ['of somebody is good', subjectReviewErrors, review({ ...pods, user: 'ann' }), []],
    ['in a namespace is good', localReviewErrors, review({ ...pods, groups: ['dev'] }, { namespace: 'default' }), []],
    [
      'asks something',
      selfReviewErrors,
      review({}),
      ['spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified'],
    ],
    [
      'asks one thing',
      selfReviewErrors,
      review({ ...pods, nonResourceAttributes: { path: '/a', verb: 'get' } }),
      ['spec.nonResourceAttributes: Invalid value: {"path":"/a","verb":"get"}: cannot be specified in combination with resourceAttributes'],
    ],
    ['asks about somebody', subjectReviewErrors, review(pods), ['spec.user: Invalid value: "": at least one of user or group must be specified']],
    ['has no metadata', selfReviewErrors, review(pods, { name: 'x' }), ['metadata: Invalid value: {"name":"x"}: must be empty']],
    [
      'has no metadata but its namespace',
      localReviewErrors,
      review({ ...pods, user: 'a' }, { namespace: 'default', name: 'x' }),
      ['metadata: Invalid value: {"namespace":"default","name":"x"}: must be empty except for namespace'],
    ],
    [
      'asks about its own namespace',
      localReviewErrors,
      review({ ...pods, user: 'a' }, { namespace: 'other' }),
      ['spec.resourceAttributes.namespace: Invalid value: "default": must match metadata.namespace'],
    ],
    [
      'in a namespace asks about no path',
      localReviewErrors,
      review({ nonResourceAttributes: { path: '/a', verb: 'get' }, user: 'a' }, { namespace: 'default' }),
      ['spec.nonResourceAttributes: Invalid value: {"path":"/a","verb":"get"}: disallowed on this kind of request'],
    ],
    [
      'selects in one form',
      selfReviewErrors,
      review(fieldSelector({ rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In', values: ['b'] }] })),
      ['spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements'],
    ],
    [
      'selects something',
      selfReviewErrors,
      review(labelSelector({})),
      [
        'spec.resourceAttributes.labelSelector.requirements: Required value: when spec.resourceAttributes.labelSelector is specified, requirements or rawSelector is required',
      ],
    ],
    [
      'selects by values',
      selfReviewErrors,
      review(labelSelector({ requirements: [{ key: 'a', operator: 'In' }] })),
      ["spec.resourceAttributes.labelSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"],
    ],
    [
      'selects presence without values',
      selfReviewErrors,
      review(fieldSelector({ requirements: [{ key: 'a', operator: 'Exists', values: ['b'] }] })),
      ["spec.resourceAttributes.fieldSelector.requirements[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"],
    ],
    [
      'selects fields by name',
      selfReviewErrors,
      review(fieldSelector({ requirements: [{ key: '', operator: 'Exists' }] })),
      ['spec.resourceAttributes.fieldSelector.requirements[0].key: Required value: must be specified'],
    ],
    ['may select by what is not known yet', selfReviewErrors, review(fieldSelector({ requirements: [{ key: 'a', operator: 'Near', values: ['b'] }] })), []],
  ];
  for (const [name, errorsOf, draft, want] of cases) it(name, () => assert.deepEqual(errorsOf(draft).map(fieldErrorText), want));
});

describe('a selector of a review', () => {
  it('is read as text', () => {
    assert.deepEqual(readLabelSelector({ requirements: [{ key: 'a', operator: 'In', values: ['b', 'c'] }] } as never), { text: 'a in (b,c)' });
    assert.deepEqual(readFieldSelector({ rawSelector: 'spec.nodeName=x' }), { text: 'spec.nodeName=x' });
  });
  it('leaves out what cannot be read, and says so', () => {
    assert.deepEqual(readLabelSelector({ rawSelector: 'a in' }), { text: '', problem: 'spec.resourceAttributes.labelSelector ignored due to parse error' });
    const requirements = [
      { key: 'a', operator: 'In', values: ['b'] },
      { key: 'c', operator: 'Exists' },
    ];
    assert.deepEqual(readFieldSelector({ requirements } as never), {
      text: 'a=b',
      problem: 'spec.resourceAttributes.fieldSelector partially ignored due to parse error',
    });
  });
  it('is written as requirements', () => {
    assert.deepEqual(labelRequirements('a=b,!c,d notin (e)'), [
      { key: 'a', operator: 'In', values: ['b'] },
      { key: 'c', operator: 'DoesNotExist' },
      { key: 'd', operator: 'NotIn', values: ['e'] },
    ]);
    assert.deepEqual(fieldRequirements('a!=b'), [{ key: 'a', operator: 'NotIn', values: ['b'] }]);
    assert.deepEqual(labelRequirements('nonsense in'), []);
  });
});
