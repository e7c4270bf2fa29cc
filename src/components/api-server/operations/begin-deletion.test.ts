import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import type { WriteContext } from '../../../extension-points/resources/contract.ts';
import type { ServedResource } from '../resource-index.ts';
import { beginDeletion } from './begin-deletion.ts';

const about = { nowMs: 0 } as WriteContext;
const jobs = { group: 'batch', resource: 'jobs' };
const controllers = { group: '', resource: 'replicationcontrollers' };
const sets = { group: 'apps', resource: 'replicasets' };

const cases = [
  { name: 'orphans the pods of a job by default', type: jobs, finalizers: [], policy: {}, after: ['orphan'] },
  { name: 'orphans the pods of a replication controller by default', type: controllers, finalizers: [], policy: {}, after: ['orphan'] },
  { name: 'removes others at once', type: sets, finalizers: [], policy: {}, after: undefined },
  { name: 'removes a job at once when asked to', type: jobs, finalizers: [], policy: { propagationPolicy: 'Background' }, after: undefined },
  { name: 'keeps a decision made before', type: jobs, finalizers: ['foregroundDeletion'], policy: {}, after: ['foregroundDeletion'] },
] as const;

describe('the begin of a deletion', () => {
  for (const { name, type, finalizers, policy, after } of cases) {
    it(name, () => {
      const old: UntypedObject = { apiVersion: 'v1', kind: 'X', metadata: { name: 'a', ...(finalizers.length > 0 ? { finalizers: [...finalizers] } : {}) } };
      const step = beginDeletion({ ...type, definition: {} } as unknown as ServedResource, old, { dryRun: false, ...policy }, about);
      assert.deepEqual(step.kind === 'update' ? step.draft.metadata.finalizers : undefined, after);
      assert.equal(step.kind, after === undefined ? 'remove' : 'update');
    });
  }

  it('sets no finalizers on events, which the garbage collector leaves alone', () => {
    const old: UntypedObject = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'a' } };
    const served = { group: '', resource: 'events', definition: {} } as unknown as ServedResource;
    assert.equal(beginDeletion(served, old, { dryRun: false, propagationPolicy: 'Orphan' }, about).kind, 'remove');
  });

  const second = 1_000;
  const pods = { group: '', resource: 'pods', definition: { deletionGracePeriodSeconds: (_: unknown, requested?: number) => requested ?? 30 } };
  const graces = [
    { name: 'marks with the grace period of the kind', nowMs: 0, want: { at: 30, seconds: 30 } },
    { name: 'marks with the grace period asked for', nowMs: 0, requested: 5, want: { at: 5, seconds: 5 } },
    { name: 'never makes a deletion later', nowMs: 0, under: { at: 30, seconds: 30 }, requested: 60, want: undefined },
    { name: 'leaves a deletion alone when nothing is asked for', nowMs: 0, under: { at: 30, seconds: 30 }, want: undefined },
    { name: 'makes a deletion sooner', nowMs: 0, under: { at: 30, seconds: 30 }, requested: 10, want: { at: 10, seconds: 10 } },
    {
      name: 'never marks the past, and stays graceful for a second',
      nowMs: 20 * second,
      under: { at: 30, seconds: 30 },
      requested: 10,
      want: { at: 20, seconds: 1 },
    },
  ] as const;
  for (const { name, nowMs, want, ...more } of graces) {
    it(name, () => {
      const under = 'under' in more ? more.under : undefined;
      const mark = under && { deletionTimestamp: new Date(under.at * second).toISOString().replace('.000', ''), deletionGracePeriodSeconds: under.seconds };
      const old: UntypedObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', finalizers: ['x.y/z'], ...mark } };
      const options = { dryRun: false, propagationPolicy: 'Foreground' as const, ...('requested' in more ? { gracePeriodSeconds: more.requested } : {}) };
      const step = beginDeletion(pods as unknown as ServedResource, old, options, { nowMs } as WriteContext);
      const metadata = step.kind === 'update' ? step.draft.metadata : undefined;
      const marked = metadata && { at: Date.parse(metadata.deletionTimestamp!) / second, seconds: metadata.deletionGracePeriodSeconds };
      assert.deepEqual(marked, want);
      // What becomes of dependents is not changed by a request that changes nothing.
      assert.deepEqual(metadata?.finalizers, want && ['x.y/z', 'foregroundDeletion']);
    });
  }
});
