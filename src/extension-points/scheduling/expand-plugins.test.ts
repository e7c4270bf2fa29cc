import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EnabledPlugin, PluginSet, PluginSets } from './configuration/configuration.ts';
import { pointNames } from './configuration/configuration.ts';
import type { SchedulingPlugin } from './contract.ts';
import { skip, success } from './contract.ts';
import type { ExpandedPlugins } from './expand-plugins.ts';
import { expandPlugins } from './expand-plugins.ts';

const scores: SchedulingPlugin = { filter: () => success, score: () => 1 };
const plugins: Readonly<Record<string, SchedulingPlugin>> = {
  Sort: { queueSort: () => 0 },
  OtherSort: { queueSort: () => 0 },
  Bind: { bind: async () => skip },
  A: scores,
  B: scores,
  C: scores,
  OnlyFilter: { filter: () => success },
  OnlyUnreserve: { unreserve: () => undefined },
};
const enabled = (...names: (string | EnabledPlugin)[]): EnabledPlugin[] => names.map((name) => (typeof name === 'string' ? { name } : name));
const set = (names: EnabledPlugin[], ...disabled: string[]): PluginSet => ({ enabled: names, disabled });

function expand(sets: { readonly [Point in keyof PluginSets]?: PluginSet }): ExpandedPlugins {
  const none = Object.fromEntries([...pointNames, 'multiPoint'].map((point) => [point, set([])])) as unknown as PluginSets;
  return expandPlugins({ ...none, ...sets }, (name) => plugins[name], 'test');
}

describe('the plugins of a profile', () => {
  const base = enabled('Sort', 'Bind');
  const cases: { name: string; sets: Parameters<typeof expand>[0]; score: string[]; filter: string[] }[] = [
    {
      name: 'run wherever they can',
      sets: { multiPoint: set([...base, ...enabled('A', 'OnlyFilter', 'B')]) },
      score: ['A', 'B'],
      filter: ['A', 'OnlyFilter', 'B'],
    },
    {
      name: 'are left out where they are disabled',
      sets: { multiPoint: set([...base, ...enabled('A', 'B')]), score: set([], 'A') },
      score: ['B'],
      filter: ['A', 'B'],
    },
    {
      name: 'are left out where all are disabled',
      sets: { multiPoint: set([...base, ...enabled('A', 'B')]), score: set([], '*') },
      score: [],
      filter: ['A', 'B'],
    },
    {
      name: 'are only those of the point where all others are disabled',
      sets: { multiPoint: set([...base, ...enabled('A', 'B')]), score: set(enabled('C', 'A'), '*') },
      score: ['C', 'A'],
      filter: ['A', 'B'],
    },
    {
      name: 'go first in the order of the point when they stand there too, then the others of multiPoint, then the others of the point',
      sets: { multiPoint: set([...base, ...enabled('A', 'B')]), score: set(enabled('C', 'B')) },
      score: ['B', 'A', 'C'],
      filter: ['A', 'B'],
    },
    {
      name: 'run at their points without multiPoint',
      sets: { queueSort: set(enabled('Sort')), bind: set(enabled('Bind')), filter: set(enabled('B', 'A')) },
      score: [],
      filter: ['B', 'A'],
    },
    { name: 'count as reserving when they only undo', sets: { multiPoint: set([...base, ...enabled('OnlyUnreserve')]) }, score: [], filter: [] },
  ];
  for (const { name, sets, score, filter } of cases) {
    it(name, () => {
      const { lists } = expand(sets);
      assert.deepEqual({ score: lists.score, filter: lists.filter }, { score, filter });
      assert.deepEqual([lists.queueSort, lists.bind], [['Sort'], ['Bind']]);
      if (name.includes('undo')) assert.deepEqual(lists.reserve, ['OnlyUnreserve']);
    });
  }

  it('weigh what the point says, else what multiPoint says, else 1', () => {
    const { weights } = expand({
      multiPoint: set([...base, ...enabled({ name: 'A', weight: 3 }, { name: 'B', weight: 4 }, 'C')]),
      score: set(enabled({ name: 'B', weight: 7 })),
    });
    assert.deepEqual(weights, { B: 7, A: 3, C: 1 });
  });

  const refused: { name: string; sets: Parameters<typeof expand>[0]; says: string }[] = [
    { name: 'is not there', sets: { multiPoint: set([...base, ...enabled('Nobody')]) }, says: 'PreFilterPlugin "Nobody" does not exist' },
    { name: 'is not there, at a point', sets: { multiPoint: set(base), score: set(enabled('Nobody')) }, says: 'ScorePlugin "Nobody" does not exist' },
    {
      name: 'lacks the point',
      sets: { multiPoint: set(base), score: set(enabled('OnlyFilter')) },
      says: 'plugin "OnlyFilter" does not extend ScorePlugin plugin',
    },
    { name: 'stands twice at a point', sets: { multiPoint: set(base), score: set(enabled('A', 'A')) }, says: 'plugin "A" already registered as "ScorePlugin"' },
    { name: 'stands twice at multiPoint', sets: { multiPoint: set([...base, ...enabled('A', 'A')]) }, says: 'plugin "A" already registered as "FilterPlugin"' },
    {
      name: 'orders the queue beside another',
      sets: { multiPoint: set([...base, ...enabled('OtherSort')]) },
      says: 'only one queue sort plugin required for profile with scheduler name "test", but got 2',
    },
    {
      name: 'is missing for the order of the queue',
      sets: { multiPoint: set(enabled('Bind')) },
      says: 'only one queue sort plugin required for profile with scheduler name "test", but got 0',
    },
    {
      name: 'is missing for binding',
      sets: { multiPoint: set(enabled('Sort')) },
      says: 'at least one bind plugin is needed for profile with scheduler name "test"',
    },
    {
      name: 'weighs more than all scores together may',
      sets: { multiPoint: set([...base, ...enabled({ name: 'A', weight: Number.MAX_SAFE_INTEGER * 16 })]) },
      says: 'score plugins: total score of Score plugins could overflow',
    },
  ];
  for (const { name, sets, says } of refused) it(`are refused when one ${name}`, () => assert.throws(() => expand(sets), { message: says }));
});
