import assert from 'node:assert/strict';
import { it } from 'node:test';
import { deriveContext } from './derive-context.ts';

it('a context with other fields leaves alone what is only found out when asked for', () => {
  let asked = 0;
  const context = {
    args: ['a'],
    get signal() {
      asked++;
      return 'signal';
    },
  };
  const derived = deriveContext(context, { args: ['b'], more: 1 });
  assert.deepEqual([derived.args, derived.more, asked], [['b'], 1, 0]);
  assert.deepEqual([derived.signal, asked, context.args], ['signal', 1, ['a']]);
});
