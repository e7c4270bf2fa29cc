import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { timeText } from '../../kernel/clock.ts';
import { sortForDeletion } from './pod-ranking.ts';

const nowMs = Date.UTC(2026, 0, 1);
interface Shape {
  node?: string;
  phase?: 'Pending' | 'Running';
  isReady?: boolean;
  cost?: string;
  restarts?: number;
  ageSeconds?: number;
  crowd?: number;
  readySeconds?: number;
}

const ranked = (
  name: string,
  { node = 'n', phase = 'Running', isReady = true, cost, restarts = 0, ageSeconds = 100, crowd = 0, readySeconds = 50 }: Shape = {},
) => ({
  crowd,
  pod: {
    metadata: {
      name,
      uid: name,
      creationTimestamp: timeText(nowMs - ageSeconds * 1000),
      ...(cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } } : {}),
    },
    spec: { containers: [], ...(node ? { nodeName: node } : {}) },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: timeText(nowMs - readySeconds * 1000) }],
      containerStatuses: [{ name: 'c', ready: isReady, restartCount: restarts, image: '', imageID: '' }],
    },
  } satisfies Pod,
});

// Each case: the first of the two is deleted before the second.
const cases = [
  { name: 'not on a node', first: ranked('a', { node: '' }), second: ranked('b') },
  { name: 'pending before running', first: ranked('a', { phase: 'Pending' }), second: ranked('b') },
  { name: 'not ready', first: ranked('a', { isReady: false }), second: ranked('b') },
  { name: 'lower deletion cost', first: ranked('a', { cost: '-5' }), second: ranked('b') },
  { name: 'on a more crowded node', first: ranked('a', { crowd: 3 }), second: ranked('b', { crowd: 1 }) },
  { name: 'ready for a shorter time', first: ranked('a', { readySeconds: 2 }), second: ranked('b', { readySeconds: 5000 }) },
  { name: 'more restarts', first: ranked('a', { restarts: 4 }), second: ranked('b') },
  { name: 'younger', first: ranked('a', { ageSeconds: 3 }), second: ranked('b', { ageSeconds: 4000 }) },
  { name: 'the uid among ages of one magnitude', first: ranked('a', { ageSeconds: 100 }), second: ranked('b', { ageSeconds: 110 }) },
];
for (const { name, first, second } of cases) {
  it(`deletes first: ${name}`, () => {
    assert.deepEqual(
      sortForDeletion([second, first], nowMs).map(({ metadata }) => metadata.name),
      ['a', 'b'],
    );
    assert.deepEqual(
      sortForDeletion([first, second], nowMs).map(({ metadata }) => metadata.name),
      ['a', 'b'],
    );
  });
}
