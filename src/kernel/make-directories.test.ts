import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeDirectories } from './make-directories.ts';

describe('directories that are made with those above them', () => {
  it('are there, and may have been before', () => {
    const directory = mkdtempSync(join(tmpdir(), 'directories-'));
    try {
      const path = join(directory, 'a', 'b', 'c');
      makeDirectories(path, 0o700);
      makeDirectories(path);
      assert.equal(statSync(path).mode & 0o777, 0o700);
      writeFileSync(join(directory, 'file'), '');
      assert.throws(() => makeDirectories(join(directory, 'file', 'x')), { code: 'EEXIST' });
      assert.throws(() => makeDirectories(join(directory, 'file')), { code: 'EEXIST' });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('are an error where a file system takes none', { skip: !existsSync('/proc/self') }, () => {
    assert.throws(() => makeDirectories('/proc/nothing/here'), /^Error: ENOENT/);
  });
});
