import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkWriteOptions, rawWriteOptions } from './write-options.ts';

// What k8s.io/apimachinery 0.36 answers.
const refusals: readonly { readonly query: string; readonly kind: string; readonly isApply?: boolean; readonly problems: string }[] = [
  { query: 'dryRun=x', kind: 'UpdateOptions', problems: 'dryRun: Unsupported value: ["x"]: supported values: "All"' },
  {
    query: `fieldManager=${encodeURIComponent('a\nb\u00ad')}&dryRun=x&fieldValidation=foo`,
    kind: 'CreateOptions',
    problems:
      '[fieldManager: Invalid value: "a\\nb\u00ad": invalid character U+000A (at position 1), fieldManager: Invalid value: "a\\nb\u00ad": invalid character U+00AD (at position 3), dryRun: Unsupported value: ["x"]: supported values: "All", fieldValidation: Unsupported value: "foo": supported values: "", "Ignore", "Strict", "Warn"]',
  },
  {
    query: `force=true&fieldManager=${encodeURIComponent('aé\u0001')}`,
    kind: 'PatchOptions',
    problems:
      '[force: Forbidden: may not be specified for non-apply patch, fieldManager: Invalid value: "aé\\u0001": invalid character U+0001 (at position 3)]',
  },
  { query: '', kind: 'PatchOptions', isApply: true, problems: 'fieldManager: Required value: is required for apply patch' },
  { query: `fieldManager=${'x'.repeat(129)}`, kind: 'PatchOptions', problems: 'fieldManager: Too long: may not be more than 128 bytes' },
];

describe('the options of writes', () => {
  for (const { query, kind, isApply, problems } of refusals)
    it(`refuse ${JSON.stringify(query.slice(0, 60))}`, () =>
      assert.throws(() => checkWriteOptions(rawWriteOptions(new URLSearchParams(query)), kind, isApply), {
        code: 422,
        message: `${kind}.meta.k8s.io "" is invalid: ${problems}`,
      }));

  it('warn of unknown fields unless told otherwise', () =>
    assert.deepEqual(checkWriteOptions({}, 'CreateOptions'), { dryRun: false, fieldManager: '', fieldValidation: 'Warn', force: false }));
});
