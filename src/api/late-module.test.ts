import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lateModule } from './late-module.ts';

describe('a late module', () => {
  it('is the one that is imported', async () => {
    const re2 = lateModule<typeof import('./re2.ts')>(import.meta.url, './re2');
    assert.equal(re2().RE2JS, (await import('./re2.ts')).RE2JS);
    assert.equal(re2(), re2());
  });
  it('is missed only when it is asked for', () => {
    const missing = lateModule(import.meta.url, './missing');
    assert.throws(() => missing(), { code: 'MODULE_NOT_FOUND' });
  });
});
