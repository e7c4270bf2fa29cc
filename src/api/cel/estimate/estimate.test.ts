import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, createEnvironment } from '../compile.ts';
import type { Estimate } from '../library.ts';
import { listType, stringType } from '../types.ts';
import { estimateCost } from './estimate.ts';
import { saturated } from './range.ts';

const environment = createEnvironment({ variables: { text: stringType, texts: listType(stringType) } });

function estimate(expression: string, sizes: Readonly<Record<string, number>> = {}): Estimate {
  const checked = check(expression, environment);
  assert.ok(checked.kind === 'checked', checked.kind === 'rejected' ? checked.message : '');
  return estimateCost(checked, {
    sizeOf: (path) => {
      const maximum = sizes[path.join('.')];
      return maximum === undefined ? undefined : { minimum: 0, maximum };
    },
  });
}

describe('the estimate of a cost', () => {
  it('counts with the sizes that it is told', () => {
    assert.deepEqual(estimate("text.startsWith('abcdefghijklm')", { text: 100 }), { minimum: 3, maximum: 3 });
    assert.deepEqual(estimate('text + text', { text: 100 }), { minimum: 2, maximum: 22 });
    assert.deepEqual(estimate("texts.all(x, x == 'a')", { texts: 10, 'texts.@items': 20 }), { minimum: 2, maximum: 52 });
  });

  it('takes what it is not told for as large as can be', () => {
    assert.ok(estimate('text + text').maximum > saturated / 100);
    assert.equal(estimate('texts.all(x, texts.all(y, texts.all(z, x == y + z)))').maximum, saturated);
  });

  it('is at most what the branches of a condition cost, and at least what the first operand of && costs', () => {
    assert.deepEqual(estimate("true ? text : text + text == '' ? '' : 'a'", { text: 100 }), { minimum: 1, maximum: 22 });
    assert.deepEqual(estimate("text == '' && text == text", { text: 100 }), { minimum: 1, maximum: 13 });
  });

  it('counts what each round of a macro costs', () => {
    assert.deepEqual(estimate('[1, 2, 3].map(x, x * 2).size() == 3'), { minimum: 65, maximum: 65 });
  });
});
