import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldError } from '../../../api/status.ts';
import { eachAt, joined } from './field-checks.ts';

describe('checks of lists', () => {
  it('name the index of a fault', () => {
    assert.deepEqual(
      eachAt(['a', ''], 'list', (item, path) => (item === '' ? [fieldError.required(path)] : [])),
      [fieldError.required('list[1]')],
    );
  });

  it('stop looking when a list has more faults than anyone reads', () => {
    const faults = eachAt(Array.from({ length: 200_000 }), 'list', (_, path) => [fieldError.required(path)]);
    assert.equal(faults.length, 10_000);
    assert.equal(joined(faults, faults).length, 20_000);
  });
});
