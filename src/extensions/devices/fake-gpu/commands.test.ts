import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { silentLog } from '../../../kernel/log.ts';
import type { FakeGpuFaults } from './fake-gpu.ts';
import { followFaultFile } from './fault-file.ts';
import { readFakeGpu } from './read-fake-gpu.ts';

describe('fake GPUs in one word', () => {
  it('are read', () => {
    assert.deepEqual(readFakeGpu('example.com/gpu=4'), { resourceName: 'example.com/gpu', count: 4, numaNodes: 0 });
    assert.deepEqual(readFakeGpu('nvidia.com/gpu=8,memory=80Gi,numa=2'), { resourceName: 'nvidia.com/gpu', count: 8, numaNodes: 2, memory: '80Gi' });
  });
  for (const text of ['', 'example.com/gpu', 'example.com/gpu=x', 'example.com/gpu=-1', 'example.com/gpu=1,colour=red', 'example.com/gpu=1,numa=many'])
    it(`"${text}" is refused`, () => assert.throws(() => readFakeGpu(text), /fake GPUs|numa must be/));
});

describe('a file of faults', () => {
  it('breaks and mends whenever it is written; what cannot be read changes nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'wherry-faults-'));
    const path = join(directory, 'faults', 'gpu.json');
    const seen: FakeGpuFaults[] = [];
    const due = { resolve: (): void => {} };
    const gpu = {
      setFaults(faults: FakeGpuFaults): void {
        seen.push(faults);
        due.resolve();
      },
    };
    const until = async (want: FakeGpuFaults): Promise<void> => {
      while (JSON.stringify(seen.at(-1)) !== JSON.stringify(want)) {
        const next = Promise.withResolvers<void>();
        due.resolve = next.resolve;
        await next.promise;
      }
    };
    try {
      await using following = followFaultFile(gpu, path, silentLog);
      await until({});
      await writeFile(path, '{ "unhealthy": ["gpu-0"] }');
      await until({ unhealthy: ['gpu-0'] });
      for (const broken of ['{', '[]', '{ "unhealthy": "gpu-0" }', '{ "fan": "stuck" }']) await writeFile(path, broken);
      await writeFile(path, '{ "allocate": "stuck" }');
      await until({ allocate: 'stuck' });
      await rm(path);
      await until({});
      assert.ok(seen.every((faults) => Object.keys(faults).every((key) => ['unhealthy', 'allocate'].includes(key))));
      assert.ok(following);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
