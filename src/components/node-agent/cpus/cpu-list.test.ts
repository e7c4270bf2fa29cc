import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuListText, parseCpuList } from './cpu-list.ts';

describe('a list of CPUs', () => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ['', []],
    ['5', [5]],
    ['0-3', [0, 1, 2, 3]],
    ['0-1,4,7-9', [0, 1, 4, 7, 8, 9]],
  ];
  for (const [text, cpus] of cases)
    it(`is read and written as the kernel does: "${text}"`, () => {
      assert.deepEqual([...parseCpuList(text)], cpus);
      assert.equal(cpuListText([...cpus].reverse()), text);
    });

  it('is refused in the words of Go', () => {
    assert.throws(() => parseCpuList('a'), /^Error: strconv\.Atoi: parsing "a": invalid syntax$/);
    assert.throws(() => parseCpuList('3-1'), /^Error: invalid range "3-1" \(3 > 1\)$/);
    assert.throws(() => parseCpuList('0,'), /parsing "": invalid syntax/);
    assert.throws(() => parseCpuList('0-99999999'), /value out of range/);
  });
});
