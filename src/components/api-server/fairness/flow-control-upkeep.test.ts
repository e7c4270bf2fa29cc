import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { FakeStorage } from '../store/fake-storage.fixture.ts';
import { openObjectStore } from '../store/object-store.ts';
import { startFlowControlUpkeep } from './flow-control-upkeep.ts';

const schemas = 'flowschemas.flowcontrol.apiserver.k8s.io';
const levels = 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io';

describe('the objects of priority and fairness', () => {
  async function world() {
    const clock = new ManualClock();
    const store = await openObjectStore({ storage: new FakeStorage(), clock, log: silentLog });
    const upkeep = startFlowControlUpkeep({ store, clock, log: silentLog });
    const settle = async (): Promise<void> => {
      for (let turn = 0; turn < 5; turn++) {
        clock.advance(1_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const read = (prefix: string, name: string): UntypedObject | undefined => store.collection(prefix).get({ name })?.object;
    const write = async (prefix: string, name: string, object?: object): Promise<void> =>
      void (await store.commit([{ prefix, key: { name }, ...(object ? { object: object as UntypedObject } : {}) }]));
    await settle();
    return {
      settle,
      read,
      write,
      async [Symbol.asyncDispose]() {
        upkeep[Symbol.dispose]();
        await store[Symbol.asyncDispose]();
      },
    };
  }
  const specOf = (object: UntypedObject | undefined): Record<string, unknown> => (object?.['spec'] ?? {}) as Record<string, unknown>;

  it('are made when they are missing, and again when they are deleted', async () => {
    await using test = await world();
    assert.equal(specOf(test.read(schemas, 'exempt'))['matchingPrecedence'], 1);
    await test.write(levels, 'catch-all');
    await test.settle();
    assert.ok(test.read(levels, 'catch-all')?.metadata.uid);
  });

  it('are put right, but for those that somebody took over', async () => {
    await using test = await world();
    const changed = (name: string, autoUpdate: string): object => {
      const old = test.read(schemas, name)!;
      return {
        ...old,
        metadata: { ...old.metadata, annotations: { 'apf.kubernetes.io/autoupdate-spec': autoUpdate } },
        spec: { ...specOf(old), matchingPrecedence: 77 },
      };
    };
    await test.write(schemas, 'global-default', changed('global-default', 'false'));
    await test.write(schemas, 'service-accounts', changed('service-accounts', 'true'));
    await test.write(schemas, 'catch-all', changed('catch-all', 'false'));
    await test.settle();
    assert.deepEqual(
      ['global-default', 'service-accounts', 'catch-all'].map((name) => specOf(test.read(schemas, name))['matchingPrecedence']),
      [77, 9_000, 10_000],
    );
  });

  it('say whether their level is there', async () => {
    await using test = await world();
    await test.write(schemas, 'mine', { metadata: { name: 'mine' }, spec: { priorityLevelConfiguration: { name: 'later' }, matchingPrecedence: 5 } });
    const reason = (): unknown => (test.read(schemas, 'mine')?.['status'] as { conditions?: { reason?: string }[] } | undefined)?.conditions?.[0]?.reason;
    await test.settle();
    assert.equal(reason(), 'NotFound');
    await test.write(levels, 'later', { metadata: { name: 'later' }, spec: { type: 'Limited' } });
    await test.settle();
    assert.equal(reason(), 'Found');
  });
});
