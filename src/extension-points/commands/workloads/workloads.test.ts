import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { containerNames, findOrDefaultContainer } from './containers.ts';
import { byActivity, byLogging } from './pod-order.ts';
import { selectorOfWorkload } from './pods-of-workload.ts';

const pod = (name: string, status: Pod['status'] = {}, node = 'n'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { nodeName: node, containers: [] },
  status,
});
const ready = (since: string): NonNullable<Pod['status']> => ({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: since }] });

describe('the best pod', () => {
  const pods = [
    pod('pending', { phase: 'Pending' }),
    pod('unassigned', {}, ''),
    pod('late', ready('2026-01-02T00:00:00Z')),
    pod('done', { phase: 'Succeeded' }),
    pod('early', ready('2026-01-01T00:00:00Z')),
    pod('unready', { phase: 'Running' }),
  ];
  const names = (order: typeof byLogging): string[] => [...pods].sort(order).map(({ metadata }) => metadata.name!);
  it('for logs has been ready for longest', () => assert.deepEqual(names(byLogging), ['early', 'late', 'done', 'unready', 'pending', 'unassigned']));
  it('to attach to runs', () => assert.deepEqual(names(byActivity), ['early', 'late', 'unready', 'pending', 'done', 'unassigned']));
});

describe('the selector of a workload', () => {
  const object = (kind: string, selector: unknown) => ({ apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'ns' }, spec: { selector } });
  it('is that of a deployment', () =>
    assert.deepEqual(selectorOfWorkload(object('Deployment', { matchLabels: { a: 'b' } })), { namespace: 'ns', labelSelector: 'a=b' }));
  it('is the labels of a service', () => assert.equal(selectorOfWorkload(object('Service', { a: 'b' })).labelSelector, 'a=b'));
  it('is missing in a service without', () =>
    assert.throws(() => selectorOfWorkload(object('Service', {})), { message: "invalid service 'x': Service is defined without a selector" }));
  it('is missing in what is no workload', () =>
    assert.throws(() => selectorOfWorkload(object('ConfigMap', {})), { message: 'selector for *v1.ConfigMap not implemented' }));
});

describe('the container of a pod', () => {
  const several: Pod = {
    ...pod('p'),
    spec: { containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'i' }], ephemeralContainers: [{ name: 'e' }] } as Pod['spec'],
  };
  it('is the first', () => assert.equal(findOrDefaultContainer(several, '').name, 'a'));
  it('is the one that the pod names', () =>
    assert.equal(findOrDefaultContainer({ ...several, metadata: { annotations: { 'kubectl.kubernetes.io/default-container': 'b' } } }, '').name, 'b'));
  it('may be of any kind', () => assert.equal(findOrDefaultContainer(several, 'e').name, 'e'));
  it('must be there', () =>
    assert.throws(() => findOrDefaultContainer(several, 'x'), { message: 'container x is not valid for pod p out of: a, b, e (ephem), i (init)' }));
  it('is listed with its kind', () => assert.equal(containerNames(several), 'a, b, e (ephem), i (init)'));
});
