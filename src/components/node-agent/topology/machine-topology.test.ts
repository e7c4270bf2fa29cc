import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readMachineTopology } from './machine-topology.ts';
import { type MachineShape, machineOf, writeMachine } from './testing/fake-machine.ts';

const byId = (left: { readonly id: number }, right: { readonly id: number }): number => left.id - right.id;

describe('the topology of a machine', () => {
  const shapes: Readonly<Record<string, MachineShape>> = {
    'one core': { coresPerNumaNode: 1 },
    'two sockets with two threads to a core': { sockets: 2, coresPerNumaNode: 3, threadsPerCore: 2 },
    'several NUMA nodes to a socket, with huge pages': {
      sockets: 2,
      numaNodesPerSocket: 2,
      coresPerNumaNode: 2,
      hugePages: new Map([
        ['hugepages-2Mi', 64 * 1024 ** 2],
        ['hugepages-1Gi', 2 * 1024 ** 3],
      ]),
    },
    'caches that a part of a node shares': { coresPerNumaNode: 8, coresPerCache: 4 },
  };
  for (const [name, shape] of Object.entries(shapes))
    it(`is read from what the kernel shows: ${name}`, () => {
      using written = writeMachine(shape);
      const { cpus, numaNodes } = readMachineTopology(written.root);
      const expected = machineOf(shape);
      assert.deepEqual([...cpus].sort(byId), expected.cpus);
      assert.deepEqual(numaNodes, expected.numaNodes);
    });

  it('has one node, 0, where the kernel shows none', () => {
    using written = writeMachine({ coresPerNumaNode: 2 });
    const bare = join(written.root, 'bare');
    for (const id of [0, 1]) mkdirSync(join(bare, `sys/devices/system/cpu/cpu${id}`), { recursive: true });
    mkdirSync(join(bare, 'proc'));
    writeFileSync(join(bare, 'proc/meminfo'), 'MemTotal:        2048 kB\nMemFree: 1 kB\n');
    assert.deepEqual(readMachineTopology(bare), {
      cpus: [0, 1].map((id) => ({ id, coreId: id, socketId: 0, numaNodeId: 0, uncoreCacheId: 0 })),
      numaNodes: [{ id: 0, memoryBytes: 2048 * 1024, hugePages: new Map(), distances: [10] }],
    });
  });

  it('leaves out CPUs that are switched off', () => {
    using written = writeMachine({ coresPerNumaNode: 4 });
    writeFileSync(join(written.root, 'sys/devices/system/cpu/online'), '0-1,3\n');
    assert.deepEqual(
      readMachineTopology(written.root).cpus.map(({ id }) => id),
      [0, 1, 3],
    );
  });
});
