import assert from 'node:assert/strict';
import { it } from 'node:test';
import { statusPatch } from './status-patch.ts';

it('is nothing when both agree', () => {
  const status = { phase: 'Running' as const, conditions: [{ type: 'Ready', status: 'True' }] };
  assert.equal(statusPatch(status, structuredClone(status)), undefined);
});

it('names only what changed, and leaves conditions of others alone', () => {
  const from = {
    phase: 'Pending' as const,
    conditions: [
      { type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
      { type: 'Theirs', status: 'True' },
    ],
  };
  const to = { phase: 'Running' as const, conditions: [{ type: 'Ready', status: 'True' }] };
  assert.deepEqual(statusPatch(from, to), { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', reason: null }] });
});

it('replaces addresses instead of adding to them', () => {
  assert.deepEqual(statusPatch({ podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }, { podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.2' }] }), {
    podIP: '10.0.0.2',
    podIPs: [{ ip: '10.0.0.2' }, { $patch: 'replace' }],
  });
});

it('nulls what is gone', () => assert.deepEqual(statusPatch({ reason: 'Evicted', phase: 'Failed' }, { phase: 'Failed' }), { reason: null }));
