import assert from 'node:assert/strict';
import { it } from 'node:test';
import { durationText } from './duration-text.ts';

const cases: readonly [number, string][] = [
  [0, '0s'],
  [-5, '-5ms'],
  [-60_000, '-1m0s'],
  [20, '20ms'],
  [1_000, '1s'],
  [1_500, '1.5s'],
  [60_000, '1m0s'],
  [900_000, '15m0s'],
  [3_661_000, '1h1m1s'],
];
for (const [milliseconds, text] of cases) it(`${milliseconds} ms are written ${text}, as Go does`, () => assert.equal(durationText(milliseconds), text));
