import assert from 'node:assert/strict';
import { it } from 'node:test';
import { deployments } from '../../api/generated/resource-types.ts';
import { isConflict } from '../../api/status.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { updateStatus } from './status.ts';

it('a status is written when it differs, fields that went are removed, and an old view is a conflict', async () => {
  const client = new FakeClient({ clock: new ManualClock() });
  const about = { client, type: deployments };
  const spec = { selector: {}, template: {} };
  const created = await client.create(deployments, { metadata: { name: 'web', namespace: 'a' }, spec });
  const first = await updateStatus(about, created, { replicas: 2, readyReplicas: 1 });
  assert.deepEqual(first.status, { replicas: 2, readyReplicas: 1 });
  assert.equal(await updateStatus(about, first, { replicas: 2, readyReplicas: 1 }), first);
  const second = await updateStatus(about, first, { replicas: 2 });
  assert.deepEqual(second.status, { replicas: 2 });
  await assert.rejects(updateStatus(about, first, { replicas: 3 }), isConflict);
});
