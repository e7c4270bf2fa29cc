import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import type { AdmissionReader } from '../../../extension-points/admission/decision.ts';
import type { ResourceDefinition, ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import type { DecisionReader, RecordedAttempt, SchedulingAttempt, SchedulingOracle } from '../../../extension-points/scheduling/decision.ts';
import { testPod } from '../../../extension-points/scheduling/testing.ts';
import { decisionResources } from './index.ts';

const nowMs = Date.parse('2026-01-01T00:01:00Z');
const [schedulingDecisions, schedulingReviews, admissionDecisions] = decisionResources() as [ResourceDefinition, ResourceDefinition, ResourceDefinition];

const attempt = (more: Partial<SchedulingAttempt> = {}): SchedulingAttempt => ({
  pod: { namespace: 'shop', name: 'web', uid: 'u' },
  attempt: 2,
  schedulerName: 'default-scheduler',
  startTime: '2026-01-01T00:00:00.500000Z',
  result: 'Scheduled',
  nodeName: 'a',
  nodes: { total: 3, evaluated: 3, feasible: 2 },
  refusals: [],
  refusalCount: 0,
  scores: [],
  scoreCount: 0,
  moves: [],
  ...more,
});

const servicesOf = (service: unknown): ResourceServices => ({ service: () => service }) as unknown as ResourceServices;
const readerOf = (recorded: RecordedAttempt): DecisionReader => ({ find: () => recorded, all: () => [recorded] });
const objectOf = (told: SchedulingAttempt): UntypedObject => {
  const recorded: RecordedAttempt = { namespace: 'shop', name: 'web.u.2', revision: 7, attempt: told };
  return schedulingDecisions.computed!(servicesOf(readerOf(recorded))).find({ namespace: 'shop', name: 'web.u.2' })!.object;
};
const cellsOf = (definition: ResourceDefinition, object: UntypedObject): unknown[] => definition.versions[0]!.columns!.map(({ cell }) => cell(object, nowMs));

describe('scheduling decisions as a resource', () => {
  it('are objects of their namespace, created when the attempt began', () => {
    const { kind, apiVersion, metadata, ...rest } = objectOf(attempt());
    assert.deepEqual(
      [kind, apiVersion, metadata],
      ['SchedulingDecision', 'decisions.wherry.dev/v1alpha1', { name: 'web.u.2', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' }],
    );
    assert.deepEqual(rest, attempt());
  });

  const { nodeName: _, ...nowhere } = attempt({ result: 'Unschedulable' });
  const refusals: SchedulingAttempt['refusals'] = [
    { plugin: 'Fit', code: 'unschedulable', reasons: ['Insufficient cpu'], count: 2, nodeNames: [] },
    { plugin: 'Taints', code: 'unschedulable', reasons: ['tainted'], count: 1, nodeNames: [] },
  ];
  const cases: { name: string; told: SchedulingAttempt; want: unknown[] }[] = [
    { name: 'a pod with a node', told: attempt(), want: ['web', 2, 'Scheduled', 'a', '2/3', ''] },
    { name: 'reasons with counts', told: { ...nowhere, refusals }, want: ['web', 2, 'Unschedulable', '', '2/3', '2 Insufficient cpu, 1 tainted'] },
    { name: 'a node set aside', told: { ...nowhere, nominatedNodeName: 'b', message: 'm' }, want: ['web', 2, 'Unschedulable', '(b)', '2/3', 'm'] },
    {
      name: 'who rejected it',
      told: attempt({ result: 'Rejected', endedAt: 'Permit', plugin: 'Gang' }),
      want: ['web', 2, 'Rejected', 'a', '2/3', 'Permit Gang'],
    },
    { name: 'a long message, cut', told: { ...nowhere, message: 'x'.repeat(100) }, want: ['web', 2, 'Unschedulable', '', '2/3', `${'x'.repeat(79)}…`] },
  ];
  for (const { name, told, want } of cases)
    it(`shows ${name}`, () => assert.deepEqual(cellsOf(schedulingDecisions, objectOf(told)), [...want, '59s', 'web.u.2']));

  it('can be selected by pod, result and node', () => {
    assert.deepEqual(schedulingDecisions.selectableFields!(objectOf(attempt())), { 'pod.name': 'web', 'pod.uid': 'u', result: 'Scheduled', nodeName: 'a' });
  });
});

describe('a scheduling review', () => {
  const context = { key: { namespace: 'shop', name: '' } } as WriteContext;
  const review = (pod: unknown, oracle: SchedulingOracle): Promise<UntypedObject> =>
    schedulingReviews.review!({ metadata: {}, spec: { pod } } as UntypedObject, context, servicesOf(oracle));

  it('asks the scheduler about the pod in the namespace of the review', async () => {
    const asked: unknown[] = [];
    const { metadata: __, ...pod } = testPod('web');
    const answer = await review({ ...pod, metadata: { name: 'web' } }, { review: async ({ metadata }) => (asked.push(metadata), attempt()) });
    assert.deepEqual([asked, answer['status']], [[{ name: 'web', namespace: 'shop' }], { attempt: attempt() }]);
  });

  it('refuses what is no pod, or of another namespace', async () => {
    const oracle: SchedulingOracle = { review: () => assert.fail('the scheduler is asked') };
    await assert.rejects(review({ spec: { containers: [] } }, oracle), { code: 422, message: /spec\.pod\.spec\.containers: Required value/ });
    await assert.rejects(review({ ...testPod('web'), metadata: { name: 'web', namespace: 'other' } }, oracle), {
      code: 422,
      message: /spec\.pod\.metadata\.namespace: Invalid value: "other": does not match the namespace of the review/,
    });
  });

  it('passes on what the scheduler refuses', async () => {
    const pod = { ...testPod('web'), metadata: { name: 'web' } };
    await assert.rejects(review(pod, { review: () => Promise.reject(new ApiError(429, 'TooManyRequests', 'later')) }), { code: 429, message: 'later' });
  });
});

describe('admission decisions as a resource', () => {
  it('show what was written, by whom, and who changed it', () => {
    const reader: AdmissionReader = {
      find: () => undefined,
      all: () => [
        {
          namespace: 'shop',
          name: 'pods.1',
          revision: 1,
          record: {
            time: '2026-01-01T00:00:30.000000Z',
            operation: 'CREATE',
            target: { group: 'apps', version: 'v1', resource: 'deployments', subresource: 'scale', namespace: 'shop', name: 'web' },
            user: 'eve',
            dryRun: true,
            result: 'Denied',
            steps: [
              { plugin: 'priority', result: 'Changed', patch: [] },
              { plugin: 'quota', result: 'Denied', code: 403, message: 'no' },
            ],
          },
        },
      ],
    };
    const [found] = admissionDecisions.computed!(servicesOf(reader)).all(undefined);
    assert.deepEqual(cellsOf(admissionDecisions, found!.object), [
      'deployments.apps/scale',
      'web',
      'CREATE (dry run)',
      'Denied',
      'priority,quota',
      'eve',
      '30s',
      'pods.1',
    ]);
  });
});
