import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorText } from './log.ts';

describe('the text of an error', () => {
  const caused = (message: string, cause?: unknown): Error => new Error(message, { cause });
  const cases: { name: string; error: unknown; want: string }[] = [
    { name: 'is its message', error: new Error('no'), want: 'no' },
    { name: 'is that of anything else', error: 'no', want: 'no' },
    { name: 'has the causes behind it', error: caused('a', caused('b', 'c')), want: 'a: b: c' },
    { name: 'tells no cause twice', error: caused('a: b', new Error('b')), want: 'a: b' },
    { name: 'tells no cause of a cause twice', error: caused('f is bad: b: c', caused('b: c', new Error('c'))), want: 'f is bad: b: c' },
    { name: 'is more exact where a cause is', error: caused('f: b', caused('b', new Error('b (line 1)'))), want: 'f: b (line 1)' },
  ];
  for (const { name, error, want } of cases) it(name, () => assert.equal(errorText(error), want));
});
