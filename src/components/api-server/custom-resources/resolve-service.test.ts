import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLog } from '../../../kernel/log.ts';
import type { ObjectStore } from '../store/contract.ts';
import { FakeStorage } from '../store/fake-storage.fixture.ts';
import { openObjectStore } from '../store/object-store.ts';
import { createServiceResolver } from './resolve-service.ts';

const key = { namespace: 'n', name: 'hook' };
const put = async (store: ObjectStore, prefix: string, object: Record<string, unknown>): Promise<void> => {
  const metadata = { ...key, ...(object['metadata'] as object) };
  await store.commit([{ prefix, key, object: { ...object, metadata } as UntypedObject }]);
};
const open = (): Promise<ObjectStore> => openObjectStore({ storage: new FakeStorage(), clock: systemClock, log: silentLog });
const service = { spec: { ports: [{ name: 'https', port: 443, targetPort: 8443 }] } };

describe('services of webhooks', () => {
  it('are reached by an endpoint that is ready', async () => {
    await using store = await open();
    await put(store, 'services', service);
    await put(store, 'endpointslices.discovery.k8s.io', {
      metadata: { labels: { 'kubernetes.io/service-name': 'hook' } },
      ports: [{ name: 'https', port: 8443 }],
      endpoints: [
        { addresses: ['10.0.0.1'], conditions: { ready: false } },
        { addresses: ['10.0.0.2'], conditions: { ready: true } },
      ],
    });
    assert.deepEqual(createServiceResolver(store)({ ...key, port: 443 }), { host: '10.0.0.2', port: 8443 });
  });

  it('are reached by hand-written endpoints, and by external names', async () => {
    await using store = await open();
    await put(store, 'services', service);
    await put(store, 'endpoints', { subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ name: 'https', port: 9443 }] }] });
    assert.deepEqual(createServiceResolver(store)({ ...key, port: 443 }), { host: '192.0.2.1', port: 9443 });
    await put(store, 'services', { spec: { type: 'ExternalName', externalName: 'hook.example.com' } });
    assert.deepEqual(createServiceResolver(store)({ ...key, port: 8443 }), { host: 'hook.example.com', port: 8443 });
  });

  it('are refused in words when they cannot be reached', async () => {
    await using store = await open();
    const resolve = createServiceResolver(store);
    assert.throws(() => resolve({ ...key, port: 443 }), /^Error: service "hook" not found$/);
    await put(store, 'services', service);
    assert.throws(() => resolve({ ...key, port: 80 }), /^Error: no service port 80 found for service "hook"$/);
    assert.throws(() => resolve({ ...key, port: 443 }), /^Error: no endpoints available for service "hook"$/);
  });
});
