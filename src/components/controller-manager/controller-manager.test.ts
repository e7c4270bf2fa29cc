import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Event } from '../../api/generated/core-v1.ts';
import { configmaps, events } from '../../api/generated/resource-types.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { settle } from '../../client/testing/settle.ts';
import type { Controller } from '../../extension-points/controllers/contract.ts';
import { defineReconciler } from '../../extension-points/controllers/reconcile.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { startControllerManager } from './controller-manager.ts';

it('runs each controller as its own service account, over shared informers', async () => {
  const clock = new ManualClock();
  let lists = 0;
  const client = new FakeClient({ clock, intercept: ({ verb, resource }) => void (verb === 'list' && resource === 'configmaps' && lists++) });
  const controllers = new ExtensionPoint<Controller>('controllers');
  const seen: string[] = [];
  for (const name of ['one-controller', 'two-controller']) {
    const implementation = defineReconciler({
      name,
      primary: configmaps,
      async reconcile(key, deps) {
        seen.push(`${name} ${key.name}`);
        deps.events.record(deps.informers.informer(configmaps).get(key) ?? { metadata: {} }, 'Normal', 'Seen', 'hello');
      },
    });
    controllers.add({ name, origin: 'test', implementation });
  }
  await client.create(configmaps, { metadata: { name: 'c', namespace: 'a' } });
  const users: string[] = [];
  const manager = startControllerManager({ clientFor: (user) => (users.push(user), client), controllers, clock, log: silentLog });
  await manager.ready;
  await settle();
  await manager[Symbol.asyncDispose]();
  assert.deepEqual(users, [
    'system:kube-controller-manager',
    'system:serviceaccount:kube-system:one-controller',
    'system:serviceaccount:kube-system:two-controller',
  ]);
  assert.deepEqual(seen.sort(), ['one-controller c', 'two-controller c']);
  assert.equal(lists, 1);
  assert.deepEqual((client.store.list(events) as unknown as Event[]).map(({ source }) => source?.component).sort(), ['one-controller', 'two-controller']);
});
