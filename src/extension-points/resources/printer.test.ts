import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { age, humanDuration, labelSelectorText, labelsText, listText, shortDuration } from './printer.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const durations: readonly [durationMs: number, text: string][] = [
  [-2 * second, '<invalid>'],
  [-second, '0s'],
  [0, '0s'],
  [999, '0s'],
  [119 * second, '119s'],
  [2 * minute, '2m'],
  [5 * minute + 3 * second, '5m3s'],
  [10 * minute, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [7 * hour + 59 * minute, '7h59m'],
  [8 * hour, '8h'],
  [47 * hour, '47h'],
  [2 * day, '2d'],
  [3 * day + 4 * hour, '3d4h'],
  [8 * day, '8d'],
  [729 * day, '729d'],
  [2 * 365 * day, '2y'],
  [(2 * 365 + 30) * day, '2y30d'],
  [8 * 365 * day, '8y'],
];

describe('durations', () => {
  for (const [durationMs, text] of durations) it(`shows ${durationMs} ms as ${text}`, () => assert.equal(humanDuration(durationMs), text));

  it('shows one unit in the short form', () => assert.deepEqual([59, 60, 7200, 90_000, 400 * 86_400].map(shortDuration), ['59s', '1m', '2h', '1d', '1y']));
});

describe('ages', () => {
  it('knows no age without a time', () => assert.equal(age(undefined, 0), '<unknown>'));
  it('refuses times to come', () => assert.equal(age('1970-01-01T01:00:00Z', 0), '<invalid>'));
});

describe('lists', () => {
  it('shows labels in the order of their keys', () => assert.equal(labelsText({ b: '2', a: '1' }), 'a=1,b=2'));
  it('shows no labels as <none>', () => assert.equal(labelsText({}), '<none>'));
  it('shows a selector in the order of its keys', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In' as const, values: ['b', 'a'] },
      { key: 'old', operator: 'DoesNotExist' as const },
    ];
    assert.equal(labelSelectorText({ matchLabels: { app: 'web' }, matchExpressions }), 'app=web,!old,tier in (a,b)');
  });
  it('counts what it leaves out', () => assert.equal(listText(['a', 'b', 'c', 'd'], 3, ''), 'a,b,c + 1 more...'));
});
