import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fuzzyScore } from './fuzzy-match.ts';

// The scores are what github.com/sahilm/fuzzy v0.1.1 gives.
it('scores as the matcher of krew does', () => {
  const cases: readonly [pattern: string, text: string, score: number | undefined][] = [
    ['mnr', 'moduleNameResolver.ts', 32],
    ['tk', 'The Black Knight', 16],
    ['hll', 'default/hello-world', -6],
    ['vsec', 'default/view-secret', 30],
    ['pod', 'Shows the pods of a node', 4],
    ['pod', 'print of data', 40],
    ['xyz', 'nothing', undefined],
    ['é', 'café É', -2],
    ['AB', 'a_b', 29],
    ['ss', 'default/ssh-jump', -4],
    ['log', 'Tail logs from multiple pods', 0],
    ['ctx', 'Switch between contexts in your kubeconfig', -54],
    ['a', '', undefined],
    ['default/', 'default/x', 5474],
    ['aab', 'a a ab aab', 23],
  ];
  for (const [pattern, text, score] of cases) assert.equal(fuzzyScore(pattern, text), score, `${pattern} in ${text}`);
});
