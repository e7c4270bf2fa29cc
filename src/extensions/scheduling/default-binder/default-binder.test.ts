import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { notFound } from '../../../api/status.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { testPod } from '../../../extension-points/scheduling/testing.ts';
import defaultBinder from './default-binder.ts';

describe('DefaultBinder', () => {
  const bind = (client: FakeClient) => defaultBinder(undefined, { client }).bind!(new SchedulingState(), testPod('p'), 'node-1', new AbortController().signal);

  it('posts a binding that names pod and node', async () => {
    const posted: unknown[] = [];
    const client = new FakeClient();
    client.createSubresource = async <Answer>(...args: unknown[]): Promise<Answer> => (posted.push(args.slice(1)), undefined as Answer);
    assert.equal((await bind(client)).code, 'success');
    assert.deepEqual(posted, [
      [
        { namespace: 'default', name: 'p' },
        'binding',
        { apiVersion: 'v1', kind: 'Binding', metadata: { namespace: 'default', name: 'p', uid: 'uid-p' }, target: { kind: 'Node', name: 'node-1' } },
      ],
    ]);
  });

  it('answers what went wrong', async () => {
    const client = new FakeClient();
    client.createSubresource = async () => {
      throw notFound({ group: '', resource: 'pods' }, 'p');
    };
    const status = await bind(client);
    assert.deepEqual([status.code, status.reasons], ['error', ['pods "p" not found']]);
  });
});
