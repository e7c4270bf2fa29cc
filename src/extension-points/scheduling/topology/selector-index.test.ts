import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseLabelSelector } from '../../../api/label-selector.ts';
import { SelectorIndex } from './selector-index.ts';

const texts = ['app=x', 'app=x,tier=web', 'app in (x,y)', 'app in (x,y),tier=web', 'app', '!app', 'app!=x', 'tier notin (web)', ''];
const labelSets: Record<string, string>[] = [{}, { app: 'x' }, { app: 'y' }, { app: 'x', tier: 'web' }, { app: 'y', tier: 'db' }, { other: 'x' }];

it('visits every selector that matches, each once, also after some are gone', () => {
  const index = new SelectorIndex<string>();
  for (const text of texts) index.add(text, parseLabelSelector(text));
  for (let kept = texts.length; kept >= 0; kept--) {
    for (const labels of labelSets) {
      const found: string[] = [];
      index.eachCandidate(labels, (text) => found.push(text));
      assert.equal(new Set(found).size, found.length);
      const matching = texts.slice(0, kept).filter((text) => parseLabelSelector(text).matches(labels));
      assert.deepEqual(
        texts.filter((text) => found.includes(text) && parseLabelSelector(text).matches(labels)),
        matching,
      );
    }
    index.delete(texts[kept - 1] ?? '');
  }
  assert.equal(index.size, 0);
});

it('leaves out what cannot match by the labels', () => {
  const index = new SelectorIndex<string>();
  for (const text of ['app=x', 'app=y', 'app in (y,z)']) index.add(text, parseLabelSelector(text));
  const found: string[] = [];
  index.eachCandidate({ app: 'y' }, (text) => found.push(text));
  assert.deepEqual(found, ['app=y', 'app in (y,z)']);
});
