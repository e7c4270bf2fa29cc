import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { anyAffinity, type ResourceHints } from '../topology/contract.ts';
import { maskOf, nodesIn } from '../topology/numa-mask.ts';
import { StateFile } from '../topology/state-file.ts';
import { machineOf } from '../topology/testing/fake-machine.ts';
import { containersOf } from '../topology/topology-manager.ts';
import { memoryStateFormat } from './memory-state.ts';
import { reservedMemory } from './reserved-memory.ts';
import { StaticMemory } from './static-memory.ts';

const gibibyte = 1024 ** 3;

/** Two nodes of 8 GiB each, 1 GiB of them in huge pages and 512 MiB reserved: 6.5 GiB can be given on each. */
class Stage implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'wherry-memory-'));
  readonly file = new StateFile(join(this.directory, 'memory_manager_state'), memoryStateFormat);

  start(nodes = 2, hugePageBytes = gibibyte): StaticMemory {
    const { numaNodes } = machineOf({ sockets: nodes, coresPerNumaNode: 1, hugePages: new Map([['hugepages-2Mi', hugePageBytes]]) });
    const reservations = numaNodes.map(({ id }) => ({ numaNode: id, limits: { memory: '512Mi' } }));
    const reserved = reservedMemory(numaNodes, reservations, { memory: `${512 * nodes}Mi` });
    return new StaticMemory({ nodes: numaNodes, reserved, file: this.file });
  }

  /** Free bytes of a resource by node, in GiB, as they are on disk. */
  free(resource = 'memory'): number[] {
    return [...this.file.read()!.machine.values()].map(({ memoryMap }) => memoryMap.get(resource)!.free / gibibyte);
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true });
  }
}

const asking = (name: string, memory: string, more: Readonly<Record<string, string>> = {}, rest: Partial<Container> = {}): Container =>
  testContainer(name, { resources: { limits: { cpu: '1', memory, ...more }, requests: { cpu: '1', memory, ...more } }, ...rest });
const podOf = (uid: string, containers: readonly Container[], initContainers: readonly Container[] = []): Pod =>
  testPod({ containers: [...containers], initContainers: [...initContainers] }, { uid });

async function allocate(memory: StaticMemory, pod: Pod, nodes?: readonly number[], isPreferred = true): Promise<string[]> {
  const hint = nodes ? { affinity: maskOf(nodes), isPreferred } : anyAffinity;
  for (const container of containersOf(pod)) await memory.allocateContainer(pod, container, hint);
  return containersOf(pod).map(({ name }) => [...memory.nodesOf(pod.metadata.uid!, name)].join());
}
const hintTexts = (hints: ResourceHints, resource = 'memory'): string[] | undefined =>
  hints.get(resource)?.map(({ affinity, isPreferred }) => `${nodesIn(affinity!).join('+')}${isPreferred ? '' : '?'}`);

describe('the Static policy of memory', () => {
  it('gives guaranteed containers memory of as few nodes as can be', async () => {
    using stage = new Stage();
    const memory = stage.start();
    assert.deepEqual(await allocate(memory, podOf('a', [asking('main', '5Gi')])), ['0']);
    assert.deepEqual(await allocate(memory, podOf('b', [asking('main', '5Gi', { 'hugepages-2Mi': '512Mi' })])), ['1']);
    assert.deepEqual(
      [stage.free(), stage.free('hugepages-2Mi')],
      [
        [1.5, 1.5],
        [1, 0.5],
      ],
    );
    await assert.rejects(
      allocate(memory, podOf('c', [asking('main', '2Gi')])),
      /^Error: \[memorymanager\] failed to get the default NUMA affinity, no NUMA nodes with enough memory is available$/,
    );
    memory.release('a');
    memory.release('b');
    assert.deepEqual(await allocate(memory, podOf('d', [asking('main', '10Gi')])), ['0,1']);
    assert.deepEqual(memory.blocksOf('d', 'main'), [{ numaAffinity: [0, 1], type: 'memory', size: 10 * gibibyte }]);
  });

  it('gives nothing to others', async () => {
    using stage = new Stage();
    const memory = stage.start();
    const burstable = testPod({ containers: [testContainer('main', { resources: { requests: { memory: '1Gi' } } })] });
    assert.deepEqual(await allocate(memory, burstable), ['']);
    assert.equal(memory.containerHints(burstable, burstable.spec.containers[0]!).size, 0);
  });

  it('does not mix nodes that are used together with nodes that are used alone', async () => {
    using stage = new Stage();
    const memory = stage.start(3);
    await allocate(memory, podOf('wide', [asking('main', '8Gi')]), [0, 1]);
    const small = podOf('small', [asking('main', '1Gi')]);
    assert.deepEqual(hintTexts(memory.podHints(small)), ['2', '0+1?']);
    const large = podOf('large', [asking('main', '9Gi')]);
    assert.equal(hintTexts(memory.podHints(large)), undefined);
    await assert.rejects(allocate(memory, small, [1, 2]), /^Error: \[memorymanager\] preferred hint violates NUMA node allocation$/);
  });

  it('widens a hint that is not enough, unless a preferred one would no longer be', async () => {
    using stage = new Stage();
    const memory = stage.start();
    assert.deepEqual(await allocate(memory, podOf('a', [asking('main', '8Gi')]), [0], false), ['0,1']);
    memory.release('a');
    await allocate(memory, podOf('b', [asking('main', '4Gi')]), [0]);
    await assert.rejects(allocate(memory, podOf('c', [asking('main', '4Gi')]), [0]), /failed to find NUMA nodes to extend the current topology hint/);
  });

  it('lets later containers use what ordinary init containers had, and takes back what those alone had', async () => {
    using stage = new Stage();
    const memory = stage.start();
    const pod = podOf(
      'a',
      [asking('main', '2Gi')],
      [asking('first', '3Gi'), asking('sidecar', '1Gi', {}, { restartPolicy: 'Always' }), asking('second', '1Gi')],
    );
    await allocate(memory, pod, [0]);
    assert.deepEqual(stage.free(), [3.5, 6.5], 'the most that runs at one time is 3 GiB');
    memory.onStart(pod, pod.spec.containers[0]!);
    assert.deepEqual(memory.blocksOf('a', 'first'), []);
    assert.deepEqual(stage.free(), [3.5, 6.5]);
    memory.release('a');
    assert.deepEqual(stage.free(), [6.5, 6.5]);
  });

  it('gives back at the first start what only init containers needed', async () => {
    using stage = new Stage();
    const memory = stage.start();
    const pod = podOf('a', [asking('main', '1Gi')], [asking('first', '4Gi')]);
    await allocate(memory, pod, [0]);
    assert.deepEqual(stage.free(), [2.5, 6.5]);
    memory.onStart(pod, pod.spec.initContainers![0]!);
    assert.deepEqual(stage.free(), [2.5, 6.5]);
    memory.onStart(pod, pod.spec.containers[0]!);
    assert.deepEqual(stage.free(), [5.5, 6.5]);
  });

  it('offers what it can give, on each node', () => {
    using stage = new Stage();
    assert.deepEqual(
      stage.start().allocatable.map(({ numaAffinity, type, size }) => `${type} ${size / gibibyte} on ${numaAffinity.join()}`),
      ['hugepages-2Mi 1 on 0', 'memory 6.5 on 0', 'hugepages-2Mi 1 on 1', 'memory 6.5 on 1'],
    );
  });

  describe('hints', () => {
    it('are the same for every resource, and prefer what an empty machine would do with', async () => {
      using stage = new Stage();
      const memory = stage.start();
      const pod = podOf('a', [asking('main', '2Gi', { 'hugepages-2Mi': '1Gi' })]);
      for (const resource of ['memory', 'hugepages-2Mi']) assert.deepEqual(hintTexts(memory.podHints(pod), resource), ['0', '1', '0+1?']);
      await allocate(memory, podOf('b', [asking('main', '5Gi')]), [0]);
      assert.deepEqual(hintTexts(memory.podHints(pod)), ['1']);
    });

    it('of a pod that has its memory name where that is', async () => {
      using stage = new Stage();
      const memory = stage.start();
      const pod = podOf('a', [asking('main', '2Gi')]);
      await allocate(memory, pod, [1]);
      assert.deepEqual(hintTexts(memory.podHints(pod)), ['1']);
      assert.deepEqual(hintTexts(memory.containerHints(pod, pod.spec.containers[0]!)), ['1']);
    });
  });

  describe('after a restart', () => {
    it('knows who has what', async () => {
      using stage = new Stage();
      const pod = podOf('a', [asking('main', '10Gi')]);
      await allocate(stage.start(), pod);
      const after = stage.start();
      assert.deepEqual(await allocate(after, pod), ['0,1']);
      assert.deepEqual(after.podUids, ['a']);
    });

    it('is refused when the machine is another', async () => {
      using stage = new Stage();
      await allocate(stage.start(), podOf('a', [asking('main', '1Gi')]), [1]);
      assert.throws(() => stage.start(1), /^Error: \[memorymanager\] \(pod: a, container: main\) the memory assignment uses the NUMA that does not exist$/);
      assert.throws(() => stage.start(2, 2 * gibibyte), /^Error: \[memorymanager\] the expected machine state is different from the real one$/);
    });
  });
});

describe('the file of the memory state', () => {
  it('is summed as the kubelet sums it', () => {
    const table = { total: 2048, systemReserved: 512, allocatable: 1536, reserved: 512, free: 1024 };
    const state = {
      policyName: 'static',
      machine: new Map([[0, { numberOfAssignments: 0, memoryMap: new Map([['memory', table]]), cells: [] }]]),
      assignments: new Map([['pod', new Map([['container1', [{ numaAffinity: [0], type: 'memory', size: 512 }]]])]]),
    };
    const text = memoryStateFormat.toText(state);
    assert.equal((JSON.parse(text) as { checksum: number }).checksum, 4215593881);
    assert.deepEqual(memoryStateFormat.fromText(text), state);
    assert.throws(() => memoryStateFormat.fromText(text.replace('512', '513')), /checkpoint is corrupted/);
  });
});

describe('reserved memory', () => {
  const { numaNodes } = machineOf({ sockets: 2, coresPerNumaNode: 1 });
  it('is refused on nodes that are not there, when it does not add up, and when there is none', () => {
    assert.throws(
      () => reservedMemory(numaNodes, [{ numaNode: 5, limits: { memory: '1Gi' } }], { memory: '1Gi' }),
      /^Error: the reserved memory configuration references a NUMA node 5 that does not exist on this machine$/,
    );
    assert.throws(
      () => reservedMemory(numaNodes, [{ numaNode: 0, limits: { memory: '1Gi' } }], { memory: '2Gi' }),
      /^Error: the total amount "1Gi" of type "memory" is not equal to the value "2Gi" determined by Node Allocatable feature$/,
    );
    assert.throws(() => reservedMemory(numaNodes, [], {}), /^Error: \[memorymanager\] you should specify the system reserved memory$/);
  });
});
