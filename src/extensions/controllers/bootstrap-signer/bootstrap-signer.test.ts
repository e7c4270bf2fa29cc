import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { configmaps, secrets } from '../../../api/generated/resource-types.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { tokenCleanerController } from '../token-cleaner/token-cleaner.ts';
import { bootstrapSignerController } from './bootstrap-signer.ts';

const key = { namespace: 'kube-public', name: 'cluster-info' };
const base64 = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')]));
const token = (id: string, more: Record<string, string> = {}) => ({
  metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
  type: 'bootstrap.kubernetes.io/token',
  data: base64({ 'token-id': id, 'token-secret': '0123456789abcdef', 'usage-bootstrap-signing': 'true', ...more }),
});

describe('cluster-info', () => {
  it('is signed with every token that is for that', async () => {
    await using world = new ControllerWorld();
    await world.client.create(configmaps, { metadata: key, data: { kubeconfig: 'content', 'jws-kubeconfig-gone00': 'x' } });
    await world.client.create(secrets, token('abcdef'));
    await world.client.create(secrets, token('nosign', { 'usage-bootstrap-signing': 'false' }));
    await world.start(bootstrapSignerController());
    const names = (): string[] => Object.keys(world.find(configmaps, key)?.data ?? {}).sort();
    await world.until(() => names().join() === 'jws-kubeconfig-abcdef,kubeconfig', 'the signature');
    const [header = '', payload, signature] = (world.find(configmaps, key)?.data?.['jws-kubeconfig-abcdef'] ?? '').split('.');
    assert.deepEqual([JSON.parse(Buffer.from(header, 'base64url').toString()), payload], [{ alg: 'HS256', kid: 'abcdef' }, '']);
    assert.equal(
      signature,
      createHmac('sha256', '0123456789abcdef')
        .update(`${header}.${Buffer.from('content').toString('base64url')}`)
        .digest('base64url'),
    );
    await world.client.delete(secrets, { namespace: 'kube-system', name: 'bootstrap-token-abcdef' });
    await world.until(() => names().join() === 'kubeconfig', 'the end of the signature');
  });
});

describe('a bootstrap token', () => {
  it('is removed when it has expired, and not before', async () => {
    await using world = new ControllerWorld();
    const in90Seconds = new Date(world.clock.now() + 90_000).toISOString();
    await world.client.create(secrets, token('dated0', { expiration: in90Seconds }));
    await world.client.create(secrets, token('always'));
    await world.client.create(secrets, token('broken', { expiration: 'soon' }));
    await world.start(tokenCleanerController());
    const names = (): string[] =>
      world
        .list<{ metadata: { name?: string } }>(secrets as never)
        .map(({ metadata }) => metadata.name ?? '')
        .sort();
    await world.until(() => names().join() === 'bootstrap-token-always,bootstrap-token-dated0', 'the removal of the broken one');
    await world.until(() => names().join() === 'bootstrap-token-always', 'the removal of the dated one');
  });
});
