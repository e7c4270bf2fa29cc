import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { Schema } from '../../../api/schema.ts';
import { settle } from '../../../client/testing/settle.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { startTestServer } from '../test-server.fixture.ts';

const schema: Schema = { type: 'object', properties: { metadata: { type: 'object' } } };
const gadgets: ResourceType<KubernetesObject> = { group: 'test.example.com', version: 'v1beta1', resource: 'gadgets', kind: 'Gadget', namespaced: true };

describe('a bookmark', () => {
  it('names no revision whose event is still being converted', async () => {
    const clock = new ManualClock();
    await using test = await startTestServer({ clock, prepare: (storage) => Object.assign(storage, { revision: 30, compactedRevision: 30 }) });
    const conversion = Promise.withResolvers<void>();
    test.points.resources.add({
      name: 'gadgets',
      origin: 'test',
      implementation: {
        ...gadgets,
        singular: 'gadget',
        storageVersion: 'v1',
        schemas: new Map(),
        versions: [
          { name: 'v1', served: true, schema },
          { name: 'v1beta1', served: true, schema },
        ],
        convert: async (object, to) => {
          await conversion.promise;
          return { ...object, apiVersion: `${gadgets.group}/${to}` };
        },
      },
    });
    const client = test.server.client({ name: 'reader', groups: ['system:masters'] });
    using stop = Object.assign(new AbortController(), {
      [Symbol.dispose](this: AbortController) {
        this.abort();
      },
    });
    const watching = client
      .watch(gadgets, { namespace: 'g', labelSelector: 'kept', resourceVersion: '30', allowWatchBookmarks: true, signal: stop.signal })
      [Symbol.asyncIterator]();
    const first = watching.next();
    await settle();
    await client.create({ ...gadgets, version: 'v1' }, { metadata: { name: 'one', namespace: 'g', labels: { kept: 'yes' } } });
    await clock.advance(60_000);
    const told = ({ value }: IteratorResult<{ type: string; object: KubernetesObject }>): string => `${value?.type} ${value?.object.metadata.resourceVersion}`;
    assert.equal(told(await first), 'BOOKMARK 30');
    conversion.resolve();
    assert.equal(told(await watching.next()), 'ADDED 31');
    const next = watching.next();
    await settle();
    await clock.advance(60_000);
    assert.equal(told(await next), 'BOOKMARK 31');
  });
});
