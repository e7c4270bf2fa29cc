import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigMap } from '../../api/generated/core-v1.ts';
import { configmaps } from '../../api/generated/resource-types.ts';
import { isConflict, isNotFound } from '../../api/status.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { withFinalizer } from './finalizer.ts';

const key = { namespace: 'a', name: 'bucket' };
const finalizer = 'example.com/bucket';

describe('withFinalizer', () => {
  const start = async (): Promise<{ client: FakeClient; cleaned: string[]; step: () => Promise<ConfigMap | undefined> }> => {
    const client = new FakeClient({ clock: new ManualClock() });
    const cleaned: string[] = [];
    await client.create(configmaps, { metadata: { ...key, finalizers: ['other/one'] } });
    const cleanUp = async ({ metadata }: ConfigMap): Promise<void> => void cleaned.push(metadata.name ?? '');
    return { client, cleaned, step: async () => withFinalizer(await client.get(configmaps, key), { client, type: configmaps, finalizer, cleanUp }) };
  };

  it('holds an object, keeps the finalizers of others, and writes once', async () => {
    const { step } = await start();
    const held = await step();
    assert.deepEqual(held?.metadata.finalizers, ['other/one', finalizer]);
    assert.equal((await step())?.metadata.resourceVersion, held?.metadata.resourceVersion);
  });

  it('cleans up and lets go of an object that is being deleted, once', async () => {
    const { client, cleaned, step } = await start();
    await step();
    await client.delete(configmaps, key);
    assert.equal(await step(), undefined);
    assert.equal(await step(), undefined);
    assert.deepEqual(cleaned, ['bucket']);
    assert.deepEqual((await client.get(configmaps, key)).metadata.finalizers, ['other/one']);
  });

  it('keeps holding when the clean-up fails, so that a retry finds it', async () => {
    const { client, step } = await start();
    const held = await step();
    await client.delete(configmaps, key);
    const failing = { client, type: configmaps, finalizer, cleanUp: () => Promise.reject(new Error('no network')) };
    await assert.rejects(withFinalizer({ ...held!, ...(await client.get(configmaps, key)) }, failing), /no network/);
    assert.ok((await client.get(configmaps, key)).metadata.finalizers?.includes(finalizer));
  });

  it('overwrites nobody: a list that changed in between is a conflict', async () => {
    const { client } = await start();
    const seen = await client.get(configmaps, key);
    await client.patch(configmaps, key, { type: 'merge', body: { metadata: { finalizers: ['other/one', 'other/two'] } } });
    await assert.rejects(withFinalizer(seen, { client, type: configmaps, finalizer, cleanUp: async () => {} }), isConflict);
  });

  it('takes an object that went meanwhile for done', async () => {
    const client = new FakeClient({ clock: new ManualClock() });
    const gone: ConfigMap = { metadata: { ...key, finalizers: [finalizer], deletionTimestamp: '2026-01-01T00:00:00Z', resourceVersion: '1' } };
    assert.equal(await withFinalizer(gone, { client, type: configmaps, finalizer, cleanUp: async () => {} }), undefined);
    await assert.rejects(client.get(configmaps, key), isNotFound);
  });
});
