import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInformers } from '../../../client/shared-informers.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';
import type { LabelSet } from '../../../extension-points/node-labels/contract.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { silentLog } from '../../../kernel/log.ts';
import { type NodeFeature, nodefeatures, nodeNameLabel } from './node-feature-type.ts';
import { nodeFeatures } from './node-features.ts';

const feature = (
  name: string,
  labels: Record<string, string>,
  more: { namespace?: string; node?: string; features?: NodeFeature['spec']['features'] } = {},
): NodeFeature => ({
  apiVersion: 'nfd.k8s-sigs.io/v1alpha1',
  kind: 'NodeFeature',
  metadata: { name, namespace: more.namespace ?? 'nfd', labels: { [nodeNameLabel]: more.node ?? 'node-1' } },
  spec: { labels, ...(more.features ? { features: more.features } : {}) },
});
const prefix = 'feature.node.kubernetes.io/';

/** What is said of node-1, of objects in an API in memory. */
class Fixture implements AsyncDisposable {
  readonly client = new FakeClient({ clock: systemClock });
  readonly #stack = new DisposalStack();
  readonly #stopping = new AbortController();
  #sets!: AsyncIterator<LabelSet>;

  async start(...objects: readonly NodeFeature[]): Promise<this> {
    for (const object of objects) await this.client.create(nodefeatures, object);
    const informers = this.#stack.use(createInformers({ client: this.client, clock: systemClock, log: silentLog }));
    this.#sets = nodeFeatures(informers).labels({ name: 'node-1', isSimulated: true }, this.#stopping.signal)[Symbol.asyncIterator]();
    return this;
  }

  async next(): Promise<Readonly<Record<string, string>>> {
    return ((await this.#sets.next()).value as LabelSet).labels;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('enough'));
    assert.equal((await this.#sets.next()).done, true);
    await this.#stack[Symbol.asyncDispose]();
  }
}

describe('NodeFeature objects', () => {
  it('of a node are merged in the order of their names, wherever they are', async () => {
    await using fixture = await new Fixture().start(
      feature('b', { one: 'b', 'example.com/two': 'b' }),
      feature('a', { one: 'a', three: 'a' }, { namespace: 'other' }),
      feature('c', { four: 'x' }, { node: 'node-2' }),
    );
    assert.deepEqual(await fixture.next(), { [`${prefix}one`]: 'b', [`${prefix}three`]: 'a', 'example.com/two': 'b' });
  });

  it('may name attributes as values', async () => {
    await using fixture = await new Fixture().start(
      feature('a', { version: '@kernel.version.major', dots: '@system.osrelease.VERSION_ID.major', gone: '@kernel.version.colour', wrong: '@kernel' }),
      feature(
        'b',
        {},
        { features: { attributes: { 'kernel.version': { elements: { major: '6' } }, 'system.osrelease': { elements: { 'VERSION_ID.major': '12' } } } } },
      ),
    );
    assert.deepEqual(await fixture.next(), { [`${prefix}version`]: '6', [`${prefix}dots`]: '12' });
  });

  it('with a name with a domain, and the same without: the first counts', async () => {
    await using fixture = await new Fixture().start(feature('a', { one: 'short', [`${prefix}one`]: 'long' }));
    assert.deepEqual(await fixture.next(), { [`${prefix}one`]: 'long' });
  });

  it('are followed as they come, change, move to other nodes and go', async () => {
    await using fixture = await new Fixture().start();
    assert.deepEqual(await fixture.next(), {});
    await fixture.client.create(nodefeatures, feature('a', { one: '1' }));
    assert.deepEqual(await fixture.next(), { [`${prefix}one`]: '1' });
    const key = { namespace: 'nfd', name: 'a' };
    await fixture.client.patch(nodefeatures, key, { type: 'merge', body: { spec: { labels: { one: '2' } } } });
    assert.deepEqual(await fixture.next(), { [`${prefix}one`]: '2' });
    await fixture.client.patch(nodefeatures, key, { type: 'merge', body: { metadata: { labels: { [nodeNameLabel]: 'node-2' } } } });
    assert.deepEqual(await fixture.next(), {});
    await fixture.client.create(nodefeatures, feature('b', { one: '3' }));
    assert.deepEqual(await fixture.next(), { [`${prefix}one`]: '3' });
    await fixture.client.delete(nodefeatures, { namespace: 'nfd', name: 'b' });
    assert.deepEqual(await fixture.next(), {});
  });
});
