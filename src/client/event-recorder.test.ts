import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Event } from '../api/generated/core-v1.ts';
import { events } from '../api/generated/resource-types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { ApiError } from '../api/status.ts';
import { silentLog } from '../kernel/log.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { createEventRecorder } from './event-recorder.ts';
import { type FakeCall, FakeClient } from './testing/fake-client.ts';
import { settle } from './testing/settle.ts';

const pod: KubernetesObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7' } };

function createWorld(intercept: (call: FakeCall) => void = () => undefined) {
  const clock = new ManualClock();
  const client = new FakeClient({ clock, intercept });
  const recorder = createEventRecorder({ client, clock, log: silentLog, component: 'tester', host: 'node-1' });
  const list = (): Event[] => client.store.list(events) as unknown as Event[];
  return { clock, client, recorder, list, [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose]() };
}

describe('createEventRecorder', () => {
  it('writes a core/v1 event with the object, its source and times', async () => {
    await using world = createWorld();
    world.recorder.record(pod, 'Warning', 'Failed', 'it broke', 'spec.containers{app}');
    await world.recorder.flush();
    const [event] = world.list();
    assert.match(event?.metadata.name ?? '', /^web\.[0-9a-f]{16}$/);
    assert.equal(event?.metadata.namespace, 'shop');
    assert.deepEqual(event?.involvedObject, {
      kind: 'Pod',
      namespace: 'shop',
      name: 'web',
      uid: 'u1',
      apiVersion: 'v1',
      resourceVersion: '7',
      fieldPath: 'spec.containers{app}',
    });
    assert.deepEqual([event?.type, event?.reason, event?.message, event?.count], ['Warning', 'Failed', 'it broke', 1]);
    assert.deepEqual([event?.source, event?.reportingComponent, event?.reportingInstance], [{ component: 'tester', host: 'node-1' }, 'tester', 'node-1']);
    assert.deepEqual([event?.firstTimestamp, event?.lastTimestamp], ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z']);
  });

  it('puts events of cluster-scoped objects into default, under another component if asked', async () => {
    await using world = createWorld();
    world.recorder.as('node-controller').record({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }, 'Normal', 'Ready', 'hello');
    await world.recorder.flush();
    assert.deepEqual(
      world.list().map(({ metadata, source }) => [metadata.namespace, source]),
      [['default', { component: 'node-controller' }]],
    );
  });

  it('counts equal events in one object', async () => {
    await using world = createWorld();
    for (let time = 0; time < 3; time++) {
      world.recorder.record(pod, 'Normal', 'Pulled', 'got the image');
      await world.recorder.flush();
      await world.clock.advance(10_000);
    }
    assert.deepEqual(
      world.list().map(({ count, firstTimestamp, lastTimestamp }) => [count, firstTimestamp, lastTimestamp]),
      [[3, '2026-01-01T00:00:00Z', '2026-01-01T00:00:20Z']],
    );
  });

  it('sends events side by side, but counts in order, however many there are', async () => {
    await using world = createWorld();
    const under = { way: 0, most: 0 };
    const create = world.client.create.bind(world.client);
    world.client.create = async (...asked) => {
      under.most = Math.max(under.most, ++under.way);
      await settle();
      under.way--;
      return create(...asked);
    };
    for (let time = 0; time < 3; time++) {
      for (let index = 0; index < 100; index++) {
        world.recorder.record({ ...pod, metadata: { ...pod.metadata, name: `web-${index}`, uid: `u${index}` } }, 'Normal', 'Scheduled', 'to n1');
      }
    }
    await world.recorder.flush();
    assert.ok(under.most > 1 && under.most <= 16, `${under.most} at a time`);
    assert.deepEqual([...new Set(world.list().map(({ count }) => count))], [3]);
    assert.equal(world.list().length, 100);
    await world.recorder.flush();
  });

  it('creates the event anew when the counted one has expired', async () => {
    await using world = createWorld();
    world.recorder.record(pod, 'Normal', 'Pulled', 'got the image');
    await world.recorder.flush();
    for (const { metadata } of world.list()) await world.client.delete(events, { namespace: 'shop', name: metadata.name ?? '' });
    world.recorder.record(pod, 'Normal', 'Pulled', 'got the image');
    await world.recorder.flush();
    assert.deepEqual(
      world.list().map(({ count }) => count),
      [2],
    );
  });

  it('combines many messages of one reason', async () => {
    await using world = createWorld();
    for (let time = 0; time < 12; time++) world.recorder.record(pod, 'Normal', 'Scaled', `to ${time}`);
    await world.recorder.flush();
    const messages = world.list().map(({ message, count }) => `${count} ${message}`);
    assert.equal(messages.length, 10);
    assert.equal(messages.filter((message) => message === '3 (combined from similar events): to 11').length, 1);
  });

  it('lets an object have a burst of 25 and then one every 5 minutes', async () => {
    await using world = createWorld();
    for (let time = 0; time < 40; time++) world.recorder.record(pod, 'Normal', `Reason${time}`, 'x');
    await world.recorder.flush();
    assert.equal(world.list().length, 25);
    await world.clock.advance(300_000);
    world.recorder.record(pod, 'Normal', 'Late', 'x');
    world.recorder.record(pod, 'Normal', 'Later', 'x');
    await world.recorder.flush();
    assert.equal(world.list().length, 26);
  });

  it('tries again when the API cannot be reached, and not when it refuses', async () => {
    let failure: ApiError | undefined = new ApiError(503, 'ServiceUnavailable', 'gone');
    await using world = createWorld(() => {
      if (failure) throw failure;
    });
    world.recorder.record(pod, 'Normal', 'One', 'x');
    await settle();
    failure = undefined;
    await world.clock.advance(10_000);
    await world.recorder.flush();
    assert.equal(world.list().length, 1);
    failure = new ApiError(403, 'Forbidden', 'no');
    world.recorder.record(pod, 'Normal', 'Two', 'x');
    await world.recorder.flush();
    failure = undefined;
    assert.equal(world.list().length, 1);
  });

  it('cuts long messages to 1,024 bytes', async () => {
    await using world = createWorld();
    world.recorder.record(pod, 'Normal', 'Long', 'ä'.repeat(2_000));
    await world.recorder.flush();
    const message = world.list()[0]?.message ?? '';
    assert.ok(Buffer.byteLength(message) <= 1_024 && message.startsWith('ää') && !message.includes('\uFFFD'));
  });
});
