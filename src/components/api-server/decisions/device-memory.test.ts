import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { DeviceDecisionRecord } from '../../../extension-points/devices/decision.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { DeviceMemory } from './device-memory.ts';

const decision = (name: string, more: Partial<DeviceDecisionRecord> = {}): DeviceDecisionRecord => ({
  time: '2026-01-01T00:00:00.000000Z',
  durationMilliseconds: 1,
  pod: { namespace: 'shop', name, uid: `${name}-uid` },
  nodeName: 'n',
  step: 'Admission',
  result: 'Allocated',
  allocations: [],
  claims: [],
  pinned: [],
  ...more,
});

it('keeps the newest decision of each pod and step, by namespace', () => {
  const memory = new DeviceMemory({ clock: systemClock });
  memory.put(decision('a', { result: 'Failed' }));
  memory.put(decision('a'));
  memory.put(decision('a', { step: 'Claims' }));
  memory.put(decision('b', { pod: { namespace: 'other', name: 'b', uid: 'u' } }));
  assert.deepEqual(
    [...memory.all('shop')].map(({ name, revision }) => [name, revision]),
    [
      ['a.a-uid.admission', 2],
      ['a.a-uid.claims', 3],
    ],
  );
  assert.equal([...memory.all()].length, 3);
  assert.deepEqual(memory.find('shop', 'a.a-uid.admission')?.record, decision('a'));
  assert.equal(memory.find('shop', 'b.u.admission'), undefined);
});

it('never takes more room than it may: the oldest fall out', () => {
  const memory = new DeviceMemory({ clock: systemClock, maximumBytes: 10_000 });
  for (let index = 0; index < 100; index++) {
    memory.put(decision(`pod-${index}`, { message: 'x'.repeat(index * 10) }));
    assert.ok(memory.bytes <= 10_000);
  }
  const names = [...memory.all()].map(({ record }) => record.pod.name);
  assert.equal(names.at(-1), 'pod-99');
  assert.ok(names.length < 10);
});
