import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/generated/resource-types.ts';
import { createInformers } from '../../client/shared-informers.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { settle } from '../../client/testing/settle.ts';
import { DisposalStack } from '../../kernel/disposal.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { ScopedInformers } from './scoped-informers.ts';

describe('informers for plugins of one generation', () => {
  it('tell nothing any more once they ended, while others go on', async () => {
    await using stack = new DisposalStack();
    const clock = new ManualClock();
    const client = new FakeClient({ clock });
    const informers = stack.use(createInformers({ client, clock, log: silentLog }));
    const [old, current] = [new ScopedInformers(informers), new ScopedInformers(informers)];
    const seen: string[] = [];
    for (const [name, scoped] of Object.entries({ old, current }))
      scoped.informer(pods).onChange({ added: ({ metadata }) => void seen.push(`${name} ${metadata.name}`) });
    const kept = current.informer(pods).onChange({ added: () => void seen.push('never') });
    kept[Symbol.dispose]();
    await old.synced();
    const add = (name: string): Promise<Pod> => client.create<Pod>(pods, { metadata: { name, namespace: 'default' }, spec: { containers: [] } });
    await add('one');
    await settle();
    old.end();
    await add('two');
    await settle();
    assert.deepEqual(seen, ['old one', 'current one', 'current two']);
    assert.equal(old.informer(pods).list().length, 2, 'the view itself stays');
  });

  it('may index by the same name with functions of their own', async () => {
    await using stack = new DisposalStack();
    const clock = new ManualClock();
    const client = new FakeClient({ clock });
    const informers = stack.use(createInformers({ client, clock, log: silentLog }));
    await client.create<Pod>(pods, { metadata: { name: 'p', namespace: 'default', labels: { app: 'web' } }, spec: { containers: [] } });
    const views = [1, 2].map((generation) => {
      const informer = new ScopedInformers(informers).informer(pods);
      informer.addIndex('app', ({ metadata }) => [`${metadata.labels?.['app']} ${generation}`]);
      return informer;
    });
    await informers.synced();
    assert.deepEqual(
      views.map((informer) => [informer.byIndex('app', 'web 1').length, informer.byIndex('app', 'web 2').length]),
      [
        [1, 0],
        [0, 1],
      ],
    );
  });
});
