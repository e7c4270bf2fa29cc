import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { silentLog } from '../../../kernel/log.ts';
import type { FakeDraGpuFaults } from './fake-dra-gpu.ts';
import { followFaults } from './fault-file.ts';

it('a file of faults breaks and mends whenever it is written; what cannot be read changes nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'wherry-dra-faults-'));
  const path = join(directory, 'faults', 'gpu.example.com.json');
  const seen: FakeDraGpuFaults[] = [];
  let due = Promise.withResolvers<void>();
  const gpu = {
    setFaults(faults: FakeDraGpuFaults): void {
      seen.push(faults);
      due.resolve();
    },
  };
  const until = async (want: FakeDraGpuFaults): Promise<void> => {
    while (JSON.stringify(seen.at(-1)) !== JSON.stringify(want)) {
      await due.promise;
      due = Promise.withResolvers<void>();
    }
  };
  try {
    await using following = followFaults(gpu, path, silentLog);
    await until({});
    await writeFile(path, '{ "unhealthy": ["gpu-0"] }');
    await until({ unhealthy: ['gpu-0'] });
    for (const broken of ['{', '[]', '{ "unhealthy": "gpu-0" }', '{ "fan": "stuck" }', '{ "prepare": 1 }']) await writeFile(path, broken);
    await writeFile(path, '{ "prepare": "stuck" }');
    await until({ prepare: 'stuck' });
    await rm(path);
    await until({});
    assert.ok(seen.every((faults) => Object.keys(faults).every((key) => ['unhealthy', 'prepare'].includes(key))));
    assert.ok(following);
  } finally {
    await rm(directory, { recursive: true });
  }
});
