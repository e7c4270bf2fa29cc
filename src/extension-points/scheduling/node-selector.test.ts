import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSelectorRequirement } from '../../api/generated/core-v1.ts';
import { matchesNodeSelector, matchesNodeSelectorTerm } from './node-selector.ts';
import { testNode } from './testing.ts';

const node = testNode('one', { labels: { zone: 'a', cores: '16', odd: 'x1' } });

describe('node selector terms', () => {
  const cases: { requirement: NodeSelectorRequirement; want: boolean }[] = [
    { requirement: { key: 'zone', operator: 'In', values: ['a', 'b'] }, want: true },
    { requirement: { key: 'none', operator: 'In', values: ['a'] }, want: false },
    { requirement: { key: 'zone', operator: 'NotIn', values: ['b'] }, want: true },
    { requirement: { key: 'none', operator: 'NotIn', values: ['b'] }, want: true },
    { requirement: { key: 'zone', operator: 'Exists' }, want: true },
    { requirement: { key: 'zone', operator: 'DoesNotExist' }, want: false },
    { requirement: { key: 'cores', operator: 'Gt', values: ['8'] }, want: true },
    { requirement: { key: 'cores', operator: 'Lt', values: ['8'] }, want: false },
    { requirement: { key: 'odd', operator: 'Gt', values: ['0'] }, want: false },
    { requirement: { key: 'none', operator: 'Lt', values: ['9'] }, want: false },
  ];
  for (const { requirement, want } of cases) {
    it(`${want ? 'match' : 'do not match'} ${requirement.key} ${requirement.operator} ${requirement.values?.join(',') ?? ''}`, () => {
      assert.equal(matchesNodeSelectorTerm({ matchExpressions: [requirement] }, node), want);
    });
  }

  it('match by name', () => {
    assert.ok(matchesNodeSelectorTerm({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['one'] }] }, node));
    assert.ok(!matchesNodeSelectorTerm({ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['one'] }] }, node));
  });

  it('need all requirements, selectors need any term, and nothing matches nothing', () => {
    const zone = { key: 'zone', operator: 'Exists' } as const;
    const none = { key: 'none', operator: 'Exists' } as const;
    assert.ok(!matchesNodeSelectorTerm({ matchExpressions: [zone, none] }, node));
    assert.ok(matchesNodeSelector({ nodeSelectorTerms: [{ matchExpressions: [none] }, { matchExpressions: [zone] }] }, node));
    assert.ok(!matchesNodeSelector({ nodeSelectorTerms: [{}] }, node));
    assert.ok(!matchesNodeSelector({ nodeSelectorTerms: [] }, node));
  });
});
