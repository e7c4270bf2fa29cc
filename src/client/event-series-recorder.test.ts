import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Event } from '../api/generated/events-v1.ts';
import { events_events_v1 } from '../api/generated/resource-types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { ApiError } from '../api/status.ts';
import { silentLog } from '../kernel/log.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { createEventSeriesRecorder } from './event-series-recorder.ts';
import { type FakeCall, FakeClient } from './testing/fake-client.ts';

const pod: KubernetesObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7' } };

function createWorld(intercept: (call: FakeCall) => void = () => undefined) {
  const clock = new ManualClock();
  let writes = 0;
  const counted = (call: FakeCall): void => {
    intercept(call);
    if (call.verb === 'create' || call.verb === 'patch') writes++;
  };
  const client = new FakeClient({ clock, intercept: counted });
  const recorder = createEventSeriesRecorder({ client, clock, log: silentLog, component: 'tester', actions: { FailedScheduling: 'Scheduling' } });
  const list = (): Event[] => client.store.list(events_events_v1) as unknown as Event[];
  return { clock, client, recorder, list, writes: () => writes, [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose]() };
}

describe('createEventSeriesRecorder', () => {
  it('writes an events.k8s.io/v1 event with its reporter, its action and its time, and none of the old fields', async () => {
    await using world = createWorld();
    world.recorder.record(pod, 'Warning', 'FailedScheduling', 'no room');
    await world.recorder.flush();
    const { metadata, reportingInstance, ...event } = world.list()[0]!;
    assert.match(metadata.name ?? '', /^web\.[0-9a-f]{16}$/);
    assert.match(reportingInstance ?? '', /^tester-./);
    assert.deepEqual(event, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'tester',
      action: 'Scheduling',
      reason: 'FailedScheduling',
      regarding: { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u1', apiVersion: 'v1', resourceVersion: '7' },
      note: 'no room',
      type: 'Warning',
    });
  });

  it('makes a series of the second, counts later ones, and writes their number when the series is over', async () => {
    await using world = createWorld();
    for (let time = 0; time < 5; time++) {
      world.recorder.record(pod, 'Warning', 'FailedScheduling', `no room, try ${time}`);
      await world.recorder.flush();
      await world.clock.advance(1_000);
    }
    assert.equal(world.list().length, 1);
    assert.deepEqual([world.list()[0]?.note, world.list()[0]?.series?.count, world.writes()], ['no room, try 0', 2, 2]);
    await world.clock.advance(13 * 60_000);
    await world.recorder.flush();
    assert.deepEqual(world.list()[0]?.series, { count: 5, lastObservedTime: '2026-01-01T00:00:04.000000Z' });
    world.recorder.record(pod, 'Warning', 'FailedScheduling', 'no room again');
    await world.recorder.flush();
    assert.equal(world.list().length, 2);
  });

  it('begins anew when the object has changed, and for another reporter', async () => {
    await using world = createWorld();
    world.recorder.record(pod, 'Warning', 'FailedScheduling', 'no room');
    world.recorder.record({ ...pod, metadata: { ...pod.metadata, resourceVersion: '9' } }, 'Warning', 'FailedScheduling', 'no room');
    world.recorder.as('mine').record(pod, 'Warning', 'FailedScheduling', 'no room');
    await world.recorder.flush();
    assert.deepEqual(
      world.list().map(({ reportingController, series }) => [reportingController, series]),
      [
        ['tester', undefined],
        ['tester', undefined],
        ['mine', undefined],
      ],
    );
  });

  it('writes a whole event with its count when the one it belongs to has expired', async () => {
    await using world = createWorld();
    world.recorder.record(pod, 'Warning', 'FailedScheduling', 'no room');
    await world.recorder.flush();
    await world.client.delete(events_events_v1, { namespace: 'shop', name: world.list()[0]!.metadata.name! });
    world.recorder.record(pod, 'Warning', 'FailedScheduling', 'no room');
    await world.recorder.flush();
    assert.deepEqual(
      world.list().map(({ series }) => series?.count),
      [2],
    );
  });

  it('tries again while the API cannot be reached, and gives up what is refused', async () => {
    let isDown = true;
    await using world = createWorld(({ verb }) => {
      if (verb === 'create' && isDown) throw new Error('connection refused');
    });
    world.recorder.record(pod, 'Warning', 'FailedScheduling', 'no room');
    await world.clock.advance(1);
    isDown = false;
    await world.clock.advance(10_000);
    await world.recorder.flush();
    assert.equal(world.list().length, 1);
    await using refusing = createWorld(() => {
      throw new ApiError(403, 'Forbidden', 'not here');
    });
    refusing.recorder.record(pod, 'Warning', 'FailedScheduling', 'no room');
    await refusing.recorder.flush();
    assert.equal(refusing.list().length, 0);
  });
});
