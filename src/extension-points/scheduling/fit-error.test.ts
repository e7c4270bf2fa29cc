import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unschedulable } from './contract.ts';
import { fitErrorMessage } from './fit-error.ts';

describe('the message about a pod that fits no node', () => {
  const diagnosis = (...reasons: readonly string[][]): Parameters<typeof fitErrorMessage>[0] => ({
    nodeCount: reasons.length,
    failures: new Map(reasons.map((texts, index) => [`node-${index}`, unschedulable(...texts)])),
    unschedulablePlugins: new Set(),
    pendingPlugins: new Set(),
  });
  const cases: { name: string; given: Parameters<typeof fitErrorMessage>; text: string }[] = [
    { name: 'no node', given: [diagnosis()], text: 'no nodes available to schedule pods' },
    { name: 'counts, in the order of the text', given: [diagnosis(['b'], ['a', 'b'], ['b'])], text: '0/3 nodes are available: 1 a, 3 b.' },
    { name: 'what preemption says', given: [diagnosis(['a']), 'preemption: none'], text: '0/1 nodes are available: 1 a. preemption: none' },
    { name: 'no reason at all', given: [diagnosis([], [])], text: '0/2 nodes are available:' },
    { name: 'no reason but what preemption says', given: [diagnosis([], []), 'preemption: none'], text: '0/2 nodes are available: preemption: none' },
    { name: 'the pod as a whole', given: [{ ...diagnosis(['a'], ['a']), preFilterMessage: 'no quota' }], text: '0/2 nodes are available: no quota.' },
  ];
  for (const { name, given, text } of cases) it(`says ${name}`, () => assert.equal(fitErrorMessage(...given), text));
});
