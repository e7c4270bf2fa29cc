import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createDiscoveryCache } from './discovery-cache.ts';

describe('what is kept of discovery', () => {
  const root = mkdtempSync(join(tmpdir(), 'discovery-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  const cacheIn = (directory: string, now = Date.now) => createDiscoveryCache({ directory, server: 'https://a.example:6443', now });
  const discovery = { groups: [{ name: '', versions: [{ version: 'v1', resources: [] }] }], problems: [] };
  const file = join(root, 'discovery', 'a.example_6443', 'wherry.json');

  it('is read again, and forgotten when it is old or from a clock that was wrong', () => {
    cacheIn(root).write(discovery);
    assert.deepEqual(cacheIn(root).read(), discovery);
    const year = 365 * 24 * 60 * 60 * 1000;
    for (const shift of [year, -year]) assert.equal(cacheIn(root, () => Date.now() + shift).read(), undefined);
  });

  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"format":1}',
    ...['null', '7', '{}', '{"groups":{},"problems":[]}', '{"groups":[null],"problems":[]}'].map((value) => `{"format":1,"discovery":${value}}`),
  ])
    it(`is none in a file with ${JSON.stringify(text)}`, () => {
      writeFileSync(file, text);
      assert.equal(cacheIn(root).read(), undefined);
    });

  it('is not kept where that is not possible, which nobody is told', () => {
    rmSync(file);
    mkdirSync(file);
    const impossible = [root, join(root, 'discovery', 'none'), ...['/dev/null/x', '/proc/x'].filter((path) => existsSync(path.slice(0, -2)))];
    writeFileSync(join(root, 'discovery', 'none'), '');
    for (const directory of impossible) {
      const cache = cacheIn(directory);
      cache.write(discovery);
      assert.equal(cache.read(), undefined);
      cache.remove();
    }
    assert.deepEqual(readdirSync(join(root, 'discovery', 'a.example_6443')), ['wherry.json']);
  });
});
