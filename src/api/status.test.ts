import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldError, invalid } from './status.ts';

const kind = { group: 'apps', kind: 'Deployment' };

describe('the refusal of an invalid object', () => {
  it('lists its faults, each once', () => {
    const error = invalid(kind, 'web', [fieldError.required('spec.a'), fieldError.required('spec.a'), fieldError.invalid('spec.b', 7, 'must be even')]);
    assert.equal(error.message, 'Deployment.apps "web" is invalid: [spec.a: Required value, spec.b: Invalid value: 7: must be even]');
    assert.equal(error.details?.causes?.length, 3);
  });

  it('lists the first of very many, and counts the others', () => {
    const error = invalid(
      kind,
      'web',
      Array.from({ length: 200_000 }, (_, index) => fieldError.required(`spec.a[${index}]`)),
    );
    assert.equal(error.details?.causes?.length, 1_000);
    assert.match(error.message, /spec\.a\[999\]: Required value, and 199000 more errors\]$/);
  });

  it('shortens very long values and paths, and stays short altogether', () => {
    const long = 'x'.repeat(1_000_000);
    const error = invalid(
      kind,
      'web',
      Array.from({ length: 1_000 }, () => fieldError.invalid(`data[${long}]`, long, 'must be short')),
    );
    assert.match(error.message, /more characters\): Invalid value: "x+\.\.\. \(991810 more characters\): must be short/);
    assert.ok(JSON.stringify(error.toStatus()).length < 1_000_000);
  });
});
