import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { EventRecorder } from '../../client/events.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { success } from './contract.ts';
import { AttachableHandle } from './handle.ts';
import { SchedulingState } from './scheduling-state.ts';
import { nodeWith, testInformers, testNode, testPod } from './testing.ts';

it('shows a scheduler to its plugins while that is attached, and an empty cluster otherwise', () => {
  const events: EventRecorder = { record: () => undefined, as: () => events, flush: async () => undefined };
  const handle = new AttachableHandle({ client: new FakeClient(), informers: testInformers(), events, clock: new ManualClock() });
  const [node, pod, state] = [nodeWith(testNode('n')), testPod('p'), new SchedulingState()];
  const look = (): number[] => [handle.snapshot().length, [...handle.waitingPods()].length, [...handle.nominatedPods('n')].length];
  const calls: string[] = [];
  const attached = handle.attach({
    snapshot: () => [node],
    nodeInfo: () => node,
    observe: () => ({ [Symbol.dispose]: () => undefined }),
    waitingPods: () => [{ pod, pending: [], allow: () => undefined, reject: () => undefined }],
    nominatedPods: () => [pod],
    filterWithNominatedPods: () => success,
    addPod: () => void calls.push('add'),
    removePod: () => void calls.push('remove'),
    activate: () => void calls.push('activate'),
  });
  assert.deepEqual([look(), handle.nodeInfo('n'), handle.filterWithNominatedPods(state, pod, node)], [[1, 1, 1], node, success]);
  handle.addPod(state, pod, pod, node);
  handle.removePod(state, pod, pod, node);
  handle.activate([pod]);
  assert.deepEqual(calls, ['add', 'remove', 'activate']);

  attached[Symbol.dispose]();
  assert.deepEqual([look(), handle.nodeInfo('n')], [[0, 0, 0], undefined]);
  assert.throws(() => handle.filterWithNominatedPods(state, pod, node), /no scheduler is attached/);
});
