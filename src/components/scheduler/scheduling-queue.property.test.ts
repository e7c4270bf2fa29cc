import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { ClusterEventWithHint } from '../../extension-points/scheduling/contract.ts';
import { success, unresolvable } from '../../extension-points/scheduling/contract.ts';
import type { QueuePlace } from '../../extension-points/scheduling/decision.ts';
import { noDecisions } from '../../extension-points/scheduling/decision.ts';
import { testPod } from '../../extension-points/scheduling/testing.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import type { ClusterChange } from './cluster-change.ts';
import { InFlightChanges } from './in-flight-changes.ts';
import { podKey } from './pod-facts.ts';
import type { Help } from './refused-pods.ts';
import { helpFor } from './refused-pods.ts';
import type { QueueEntry } from './scheduling-queue.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

const sizeOf = (pod: Pod): number => Number(pod.metadata.labels!['size']);
const isItself = (pod: Pod, current: unknown): boolean => (current as Pod | undefined)?.metadata?.uid === pod.metadata.uid;

/** Plugins that read the pod's size, or whether it is the very pod that changed. */
const events: Record<string, readonly ClusterEventWithHint[]> = {
  Fit: [
    { event: { resource: 'Node', actions: ['Add'] }, hint: (pod, _old, node) => ((node as { room: number }).room >= sizeOf(pod) ? 'queue' : 'skip') },
    { event: { resource: 'AssignedPod', actions: ['Delete'] } },
    { event: { resource: 'UnscheduledPod', actions: ['Update'] }, hint: (pod, _old, current) => (isItself(pod, current) ? 'queue' : 'skip') },
  ],
  Even: [{ event: { resource: 'Node', actions: ['Add', 'Update'] }, hint: (pod) => (sizeOf(pod) % 2 === 0 ? 'queue' : 'skip') }],
  Gate: [{ event: { resource: 'UnscheduledPod', actions: ['Update'] }, hint: (pod, _old, current) => (isItself(pod, current) ? 'queue' : 'skip') }],
  Silent: [],
};
const plugins = ['Fit', 'Even', 'Silent', 'Unknown'];
const eventsOf = (plugin: string): readonly ClusterEventWithHint[] | undefined => events[plugin];

/** A queue with what it says of its pods. */
class Watched {
  readonly clock = new ManualClock();
  readonly places = new Map<string, QueuePlace>();
  readonly inFlight = new Map<string, QueueEntry>();
  /** Of every pod that was tried. */
  readonly entries = new Map<string, QueueEntry>();
  readonly queue: SchedulingQueue;
  #open: ReadonlySet<string> = new Set();

  constructor(hasClasses: boolean) {
    this.queue = new SchedulingQueue({
      clock: this.clock,
      compare: (left, right) => left.queuedAtMs - right.queuedAtMs || (podKey(left.pod) < podKey(right.pod) ? -1 : 1),
      preEnqueue: (pod) => (sizeOf(pod) === 0 && !this.#open.has(podKey(pod)) ? { ...unresolvable('closed'), plugin: 'Gate' } : success),
      eventsOf,
      onGated: () => undefined,
      ...(hasClasses ? { classOf: (pod: Pod) => (sizeOf(pod) === 5 ? undefined : String(sizeOf(pod))) } : {}),
      decisions: { ...noDecisions, moved: (pod, { to }) => void this.places.set(podKey(pod), to) },
    });
  }

  openGate(pod: Pod): void {
    this.#open = new Set([...this.#open, podKey(pod)]);
  }

  async pop(): Promise<string | undefined> {
    const { active, backoff } = this.queue.sizes;
    if (active === 0 && (backoff === 0 || ![...this.places.values()].includes('Backoff'))) return undefined;
    const entry = (await this.queue.pop())!;
    this.places.set(podKey(entry.pod), 'InFlight');
    this.inFlight.set(podKey(entry.pod), entry);
    this.entries.set(podKey(entry.pod), entry);
    return podKey(entry.pod);
  }

  putBack(key: string, refusing: readonly string[], pending: readonly string[]): void {
    const entry = this.inFlight.get(key)!;
    this.inFlight.delete(key);
    entry.unschedulablePlugins = new Set(refusing);
    entry.pendingPlugins = new Set(pending);
    this.queue.putBack(entry);
  }
}

function randomOf(start: number): (below: number) => number {
  let seed = start;
  return (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
}

function randomChange(random: (below: number) => number, pods: readonly Pod[]): ClusterChange {
  const pod = pods[random(pods.length)]!;
  const changes: ClusterChange[] = [
    { resource: 'Node', action: 'Add', current: { metadata: { name: 'n' }, room: random(6) } },
    { resource: 'Node', action: 'Update', current: { metadata: { name: 'n' } } },
    { resource: 'AssignedPod', action: 'Delete', old: testPod('gone') },
    { resource: 'UnscheduledPod', action: 'Update', old: pod, current: pod },
  ];
  return changes[random(changes.length)]!;
}

describe('the scheduling queue, with classes of pods', () => {
  for (const seed of [3, 17, 29, 101]) {
    it(`puts every pod where it would be if every hint were asked for every pod (${seed})`, async () => {
      const random = randomOf(seed);
      const [fast, plain] = [new Watched(true), new Watched(false)];
      const pods = Array.from({ length: 24 }, (_, index) => {
        const pod = testPod(`p${index}`);
        return { ...pod, metadata: { ...pod.metadata, uid: `u${index}`, labels: { size: String(index % 6) } } };
      });
      for (const { queue } of [fast, plain]) for (const pod of pods) queue.add(pod);
      for (let step = 0; step < 600; step++) {
        const action = random(8);
        if (action <= 2) {
          const change = randomChange(random, pods);
          const opened = random(3) === 0 ? (change.current as Pod | undefined) : undefined;
          if (opened?.metadata.labels && change.resource === 'UnscheduledPod') for (const watched of [fast, plain]) watched.openGate(opened);
          const except = random(4) === 0 ? pods[random(pods.length)] : undefined;
          for (const { queue } of [fast, plain]) queue.onChange(change, except);
        } else if (action <= 4) {
          assert.equal(await fast.pop(), await plain.pop());
        } else if (action === 5) {
          for (const watched of [fast, plain]) await watched.clock.advance(700);
        } else {
          const key = [...fast.inFlight.keys()][random(Math.max(1, fast.inFlight.size))];
          const [refusing, pending] = [plugins.filter(() => random(3) === 0), plugins.filter(() => random(6) === 0)];
          if (key !== undefined) for (const watched of [fast, plain]) watched.putBack(key, refusing, pending);
        }
        assert.deepEqual([...fast.places].sort(), [...plain.places].sort(), `after step ${step}`);
        assert.deepEqual(fast.queue.sizes, plain.queue.sizes);
      }
      for (const { queue } of [fast, plain]) queue[Symbol.dispose]();
    });

    it(`moves just the pods that the plain rule moves (${seed})`, async () => {
      const random = randomOf(seed);
      const watched = new Watched(true);
      const pods = Array.from({ length: 30 }, (_, index) => {
        const pod = testPod(`p${index}`);
        return { ...pod, metadata: { ...pod.metadata, uid: `u${index}`, labels: { size: String(1 + (index % 5)) } } };
      });
      for (const pod of pods) watched.queue.add(pod);
      for (let round = 0; round < 40; round++) {
        for (let key = await watched.pop(); key !== undefined; key = await watched.pop()) {
          const refusing = plugins.slice(0, 3).filter(() => random(2) === 0);
          watched.putBack(key, refusing.length > 0 ? refusing : ['Silent'], random(4) === 0 ? ['Even'] : []);
        }
        const waiting = pods.filter((pod) => watched.places.get(podKey(pod)) === 'Unschedulable');
        const change = randomChange(random, pods);
        const expected = new Map<string, Help['requeue'] | undefined>();
        for (const pod of waiting) expected.set(podKey(pod), helpFor(watched.entries.get(podKey(pod))!, change, eventsOf)?.requeue);
        watched.queue.onChange(change);
        for (const [key, requeue] of expected) {
          const place = watched.places.get(key);
          if (requeue === undefined) assert.equal(place, 'Unschedulable');
          else if (requeue === 'now') assert.equal(place, 'Active');
          else assert.ok(place === 'Backoff' || place === 'Active');
        }
        await watched.clock.advance(11_000);
      }
      watched.queue[Symbol.dispose]();
    });
  }

  it('asks a hint once for ten thousand pods that are alike', () => {
    let asked = 0;
    const clock = new ManualClock();
    const queue = new SchedulingQueue({
      clock,
      compare: (left, right) => left.queuedAtMs - right.queuedAtMs,
      preEnqueue: () => ({ ...unresolvable('closed'), plugin: 'Counting' }),
      eventsOf: () => [{ event: { resource: 'Node', actions: ['Add'] }, hint: () => (asked++, 'skip') }],
      onGated: () => undefined,
      classOf: () => 'all',
    });
    for (let index = 0; index < 10_000; index++)
      queue.add({ ...testPod(`p${index}`), metadata: { name: `p${index}`, namespace: 'default', uid: String(index) } });
    queue.onChange({ resource: 'Node', action: 'Add', current: {} });
    queue.onChange({ resource: 'Node', action: 'Delete', old: {} });
    assert.deepEqual([asked, queue.sizes.waiting], [1, 10_000]);
    queue[Symbol.dispose]();
  });
});

describe('changes while pods are in flight', () => {
  const change = (name: string): ClusterChange => ({ resource: 'Node', action: 'Add', current: { metadata: { name } } });
  const namesOf = (changes: readonly ClusterChange[] | string | undefined): unknown =>
    typeof changes === 'object' ? changes.map(({ current }) => (current as Pod).metadata.name) : changes;

  it('gives each pod what happened since it was taken', () => {
    const changes = new InFlightChanges();
    changes.add(change('before'));
    changes.begin('a');
    changes.add(change('one'));
    changes.begin('b');
    changes.add(change('two'));
    assert.deepEqual([namesOf(changes.end('a')), namesOf(changes.end('a')), namesOf(changes.end('b'))], [['one', 'two'], undefined, ['two']]);
  });

  it('forgets what is too much for a pod that is held for long, and says so', () => {
    const changes = new InFlightChanges(4);
    changes.begin('held');
    for (let index = 0; index < 5; index++) changes.add(change(`n${index}`));
    changes.begin('new');
    changes.add(change('last'));
    assert.deepEqual([namesOf(changes.end('held')), namesOf(changes.end('new'))], ['forgotten', ['last']]);
  });

  it('answers the same as one that forgets nothing and trims nothing', () => {
    const random = randomOf(5);
    const changes = new InFlightChanges();
    const expected = new Map<string, string[]>();
    for (let step = 0; step < 5_000; step++) {
      const key = `p${random(20)}`;
      const action = random(4);
      if (action === 0 && !expected.has(key)) {
        changes.begin(key);
        expected.set(key, []);
      } else if (action === 1) {
        assert.deepEqual(namesOf(changes.end(key)), expected.get(key));
        expected.delete(key);
      } else if (action === 2) {
        changes.drop(key);
        expected.delete(key);
      } else {
        changes.add(change(`c${step}`));
        for (const list of expected.values()) list.push(`c${step}`);
      }
    }
  });
});
