import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readCdiSpecifications, removeCdiSpecification, writeCdiSpecification } from './cdi-specification.ts';

it('specifications of CDI devices are found again after a restart, half a file among them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'wherry-cdi-'));
  const kind = 'example.com/gpu';
  try {
    assert.deepEqual(await writeCdiSpecification({ directory, kind, key: 'a' }, { one: {}, two: {} }), [`${kind}=one`, `${kind}=two`]);
    await writeCdiSpecification({ directory, kind: 'example.com/other', key: 'a' }, { three: {} });
    await writeFile(join(directory, 'example.com-gpu_b.json'), '{ "devices": [');
    assert.deepEqual(
      await readCdiSpecifications({ directory, kind }),
      new Map([
        ['a', ['one', 'two']],
        ['b', []],
      ]),
    );
    for (const key of ['a', 'b']) await removeCdiSpecification({ directory, kind, key });
    assert.deepEqual(await readCdiSpecifications({ directory, kind }), new Map());
  } finally {
    await rm(directory, { recursive: true });
  }
});
