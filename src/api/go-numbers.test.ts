import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { floatText, isInt64, isWhole } from './go-numbers.ts';

describe('numbers in Go', () => {
  const texts: readonly [number, string][] = [
    [0.5, '0.5'],
    [100_000, '100000'],
    [1_000_000, '1e+06'],
    [3_000_000.5, '3.0000005e+06'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [-2.5, '-2.5'],
    [1e100, '1e+100'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
  ];
  for (const [amount, text] of texts) it(`are written by %v: ${text}`, () => assert.equal(floatText(amount), text));
  it('are int64 up to 2^63', () => assert.deepEqual([1, 2 ** 62, 2 ** 63, -(2 ** 63), 1.5].map(isInt64), [true, true, false, true, false]));
  it('are whole when rounding is all that keeps them from it', () =>
    assert.deepEqual([3, 3.000_000_000_1, 2.9, 2 ** 60].map(isWhole), [true, true, false, false]));
});
