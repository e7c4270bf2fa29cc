import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { settle } from '../../../client/testing/settle.ts';
import { testPod } from '../testing/pods.ts';
import { PodIntake } from './pod-intake.ts';

const podOf = (number: number, generation = 1): Pod => testPod({}, { uid: `uid-${number}`, generation });

describe('the intake of a fleet', () => {
  it('hands changes on in order, a few at a time', async () => {
    const taken: string[] = [];
    const perTurn: number[] = [];
    using intake = new PodIntake({ put: ({ metadata }) => taken.push(`put ${metadata.uid}`), remove: ({ metadata }) => taken.push(`remove ${metadata.uid}`) });
    for (let number = 0; number < 100; number++) intake.put(podOf(number));
    intake.remove(podOf(100));
    for (let before = 0; taken.length < 101; before = taken.length) {
      await settle(1);
      perTurn.push(taken.length - before);
    }
    assert.deepEqual(taken, [...Array.from({ length: 100 }, (_, number) => `put uid-${number}`), 'remove uid-100']);
    assert.ok(Math.max(...perTurn) < 30, `${Math.max(...perTurn)} in one turn`);
  });

  it('hands on only the newest of a pod that changed again, and its removal over all', async () => {
    const taken: string[] = [];
    using intake = new PodIntake({
      put: ({ metadata }) => taken.push(`put ${metadata.generation}`),
      remove: ({ metadata }) => taken.push(`remove ${metadata.generation}`),
    });
    for (const generation of [1, 2, 3]) intake.put(podOf(1, generation));
    await settle(2);
    intake.put(podOf(1, 4));
    intake.remove(podOf(1, 5));
    await settle(2);
    assert.deepEqual(taken, ['put 3', 'remove 5']);
  });

  it('hands nothing on once it is disposed', async () => {
    const taken: string[] = [];
    const intake = new PodIntake({ put: () => taken.push('put'), remove: () => taken.push('remove') });
    intake.put(podOf(1));
    intake[Symbol.dispose]();
    await settle(2);
    assert.deepEqual(taken, []);
  });
});
