import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { playRandom } from './play-random.ts';
import type { ProbeAnswer } from './probe.ts';
import { configurations } from './traces/configurations.ts';
import { startWherry } from './wherry-scheduler.ts';

interface Recorded {
  readonly seed: number;
  readonly configuration: string;
  readonly answers: readonly ProbeAnswer[];
}
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'answers', 'random.json'), 'utf8')) as readonly Recorded[];

describe('on a cluster that was drawn, every pod goes where it goes upstream, with the same scores, or is refused in the same words', () => {
  for (const { seed, configuration, answers } of recorded) {
    it(`number ${seed}, configuration ${configuration}`, async () => {
      const tried = await playRandom({ seed, probes: answers.length }, (stage) => startWherry(stage, configurations[configuration]));
      for (const [index, { pod, answer }] of tried.entries()) {
        const expected = answers[index]!;
        // Upstream does not score again for a pod that is like the last one.
        const actual = 'scores' in answer && !('scores' in expected) ? { nodes: answer.nodes } : answer;
        assert.deepEqual(actual, expected, JSON.stringify(pod));
      }
    });
  }
});
