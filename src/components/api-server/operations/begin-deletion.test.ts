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
});
