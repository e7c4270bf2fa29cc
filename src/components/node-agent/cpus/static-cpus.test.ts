import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { anyAffinity, type ResourceHints } from '../topology/contract.ts';
import { maskOf, nodesIn } from '../topology/numa-mask.ts';
import { StateFile } from '../topology/state-file.ts';
import { type MachineShape, machineOf } from '../topology/testing/fake-machine.ts';
import { containersOf } from '../topology/topology-manager.ts';
import { CpuLayout } from './cpu-layout.ts';
import { cpuListText, parseCpuList } from './cpu-list.ts';
import { cpuStateFormat } from './cpu-state.ts';
import { cpuPolicyOptions } from './policy-options.ts';
import { StaticCpus } from './static-cpus.ts';

const oneSocket: MachineShape = { coresPerNumaNode: 4, threadsPerCore: 2 };
const twoSockets: MachineShape = { sockets: 2, coresPerNumaNode: 3, threadsPerCore: 2 };

interface Given {
  readonly shape?: MachineShape;
  readonly reservedCount?: number;
  readonly reserved?: string;
  readonly options?: Readonly<Record<string, string>>;
}

class Stage implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'wherry-cpus-'));
  readonly file = new StateFile(join(this.directory, 'cpu_manager_state'), cpuStateFormat);

  start({ shape = oneSocket, reservedCount = 1, reserved, options = {} }: Given = {}): StaticCpus {
    return new StaticCpus({
      machine: new CpuLayout(machineOf(shape).cpus),
      reservedCount,
      reservedCpus: reserved === undefined ? undefined : parseCpuList(reserved),
      options: cpuPolicyOptions(options, { CPUManagerPolicyAlphaOptions: true, CPUManagerPolicyBetaOptions: true }),
      file: this.file,
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true });
  }
}

const asking = (name: string, cpu: string, more: Partial<Container> = {}): Container =>
  testContainer(name, { resources: { limits: { cpu, memory: '1Gi' }, requests: { cpu, memory: '1Gi' } }, ...more });
const podOf = (uid: string, containers: readonly Container[], initContainers: readonly Container[] = []): Pod =>
  testPod({ containers: [...containers], initContainers: [...initContainers] }, { uid });

async function allocate(cpus: StaticCpus, pod: Pod, nodes?: readonly number[]): Promise<string[]> {
  const hint = nodes ? { affinity: maskOf(nodes), isPreferred: true } : anyAffinity;
  for (const container of containersOf(pod)) await cpus.allocateContainer(pod, container, hint);
  return containersOf(pod).map(({ name }) => cpuListText(cpus.exclusiveCpus(pod.metadata.uid!, name)));
}
const hintTexts = (hints: ResourceHints): string[] =>
  (hints.get('cpu') ?? []).map(({ affinity, isPreferred }) => `${nodesIn(affinity!).join('+')}${isPreferred ? '' : '?'}`);

describe('the static policy of CPUs', () => {
  it('gives guaranteed containers that ask for whole CPUs their own, and all others the rest', async () => {
    using stage = new Stage();
    const cpus = stage.start();
    assert.deepEqual(await allocate(cpus, podOf('a', [asking('one', '1'), asking('two', '2')])), ['4', '1,5']);
    const burstable = podOf('b', [testContainer('main', { resources: { requests: { cpu: '1', memory: '1Gi' } } })]);
    assert.deepEqual(await allocate(cpus, burstable), ['']);
    assert.deepEqual(await allocate(cpus, podOf('c', [asking('main', '1500m')])), ['']);
    assert.equal(cpuListText(cpus.cpusOf('c', 'main')), '0,2-3,6-7');
    assert.equal(cpuListText(cpus.allocatable), '1-7');
    cpus.release('a');
    assert.equal(cpuListText(cpus.cpusOf('c', 'main')), '0-7');
  });

  it('gives nothing to pods that ask as a whole', async () => {
    using stage = new Stage();
    const pod = podOf('a', [asking('main', '2')]);
    pod.spec.resources = { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '2', memory: '1Gi' } };
    assert.deepEqual(await allocate(stage.start(), pod), ['']);
  });

  it('never gives reserved CPUs, and refuses what is not there', async () => {
    using stage = new Stage();
    const cpus = stage.start({ reservedCount: 2, reserved: '3,7' });
    await assert.rejects(allocate(cpus, podOf('a', [asking('main', '7')])), /^Error: not enough cpus available to satisfy request: requested=7, available=6$/);
    assert.deepEqual(await allocate(cpus, podOf('b', [asking('main', '6')])), ['0-2,4-6']);
    assert.equal(cpuListText(cpus.cpusOf('other', 'main')), '3,7');
  });

  it('lets later containers use what ordinary init containers had, but not what sidecars have', async () => {
    using stage = new Stage();
    const cpus = stage.start();
    const init = [asking('first', '2'), asking('sidecar', '1', { restartPolicy: 'Always' }), asking('second', '3')];
    const given = await allocate(cpus, podOf('a', [asking('main', '3'), asking('beside', '1')], init));
    assert.deepEqual(given, ['1,5', '4', '1-2,5', '1-2,5', '6']);
    cpus.release('a');
    assert.equal(cpuListText(cpus.cpusOf('other', 'main')), '0-7');
  });

  it('takes from the nodes that the hint names, and what they lack from others', async () => {
    using stage = new Stage();
    const cpus = stage.start({ shape: twoSockets });
    assert.deepEqual(await allocate(cpus, podOf('a', [asking('main', '2')]), [1]), ['3,9']);
    assert.deepEqual(await allocate(cpus, podOf('b', [asking('main', '5')]), [1]), ['4-6,10-11']);
  });

  describe('with full-pcpus-only', () => {
    const options = { 'full-pcpus-only': 'true' };
    it('refuses what does not fill cores', async () => {
      using stage = new Stage();
      await assert.rejects(allocate(stage.start({ options, reservedCount: 2 }), podOf('a', [asking('main', '3')])), {
        reason: 'SMTAlignmentError',
        message: 'SMT Alignment Error: requested 3 cpus not multiple cpus per core = 2',
      });
    });

    it('counts cores that are reserved in part as reserved', async () => {
      using stage = new Stage();
      await assert.rejects(allocate(stage.start({ options }), podOf('a', [asking('main', '8')])), {
        reason: 'SMTAlignmentError',
        message: 'SMT Alignment Error: not enough free physical CPUs: available physical CPUs = 6, requested CPUs = 8, CPUs per core = 2',
      });
    });
  });

  it('with strict-cpu-reservation keeps shared containers off reserved CPUs too', () => {
    using stage = new Stage();
    const cpus = stage.start({ reservedCount: 2, reserved: '0,4', options: { 'strict-cpu-reservation': 'true' } });
    assert.equal(cpuListText(cpus.cpusOf('any', 'main')), '1-3,5-7');
  });

  describe('hints', () => {
    const cases: readonly (readonly [name: string, cpu: string, hints: readonly string[]])[] = [
      ['prefer one node when it has enough', '2', ['0', '1', '0+1?']],
      ['leave out a node that has not', '6', ['1', '0+1?']],
      ['prefer two nodes when one never has enough', '8', ['0+1']],
      ['are none when nothing has enough', '12', []],
    ];
    for (const [name, cpu, hints] of cases)
      it(name, () => {
        using stage = new Stage();
        const cpus = stage.start({ shape: twoSockets });
        const pod = podOf('a', [asking('main', cpu)]);
        assert.deepEqual(hintTexts(cpus.containerHints(pod, pod.spec.containers[0]!)), hints);
        assert.deepEqual(hintTexts(cpus.podHints(pod)), hints);
      });

    it('of a container that has its CPUs name where those are', async () => {
      using stage = new Stage();
      const cpus = stage.start({ shape: twoSockets });
      const pod = podOf('a', [asking('main', '2')]);
      await allocate(cpus, pod, [1]);
      assert.deepEqual(hintTexts(cpus.containerHints(pod, pod.spec.containers[0]!)), ['1', '0+1?']);
    });

    it('with align-by-socket prefer all nodes of a socket', () => {
      using stage = new Stage();
      const cpus = stage.start({ shape: { sockets: 2, numaNodesPerSocket: 2, coresPerNumaNode: 4 }, options: { 'align-by-socket': 'true' } });
      const pod = podOf('a', [asking('main', '2')]);
      const preferred = hintTexts(cpus.podHints(pod)).filter((text) => !text.endsWith('?'));
      assert.deepEqual(preferred, ['0', '1', '2', '3', '0+1', '2+3']);
    });

    it('are none for a container that shares', () => {
      using stage = new Stage();
      const pod = podOf('a', [asking('main', '500m')]);
      assert.equal(stage.start().containerHints(pod, pod.spec.containers[0]!).size, 0);
    });
  });

  describe('after a restart', () => {
    it('knows who has what', async () => {
      using stage = new Stage();
      const before = stage.start();
      await allocate(before, podOf('a', [asking('main', '3')]));
      const after = stage.start();
      assert.deepEqual(await allocate(after, podOf('a', [asking('main', '3')])), [cpuListText(before.exclusiveCpus('a', 'main'))]);
      assert.deepEqual(after.podUids, ['a']);
    });

    const advice = /, please drain this node and delete the CPU manager checkpoint file ".*\/cpu_manager_state" before restarting Kubelet$/;
    const broken: readonly (readonly [name: string, text: string, message: RegExp])[] = [
      ['a damaged file', '{"policyName":"static","defaultCpuSet":"0-7","checksum":1}', /^could not restore state from checkpoint: checkpoint is corrupted,/],
      ['no JSON', '', /^could not restore state from checkpoint: /],
      [
        'another policy',
        '{"policyName":"none","defaultCpuSet":"","checksum":1353318690}',
        /: configured policy "static" differs from state checkpoint policy "none",/,
      ],
    ];
    for (const [name, text, message] of broken)
      it(`is refused with ${name}`, () => {
        using stage = new Stage();
        writeFileSync(stage.file.path, text);
        assert.throws(
          () => stage.start(),
          (error: Error) => message.test(error.message) && advice.test(error.message),
        );
      });

    it('is refused when the machine or what is reserved has changed', async () => {
      using stage = new Stage();
      await allocate(stage.start(), podOf('a', [asking('main', '2')]));
      assert.throws(() => stage.start({ shape: twoSockets }), /current set of available CPUs "0-11" doesn't match with CPUs in state "0-7"/);
      assert.throws(() => stage.start({ reservedCount: 2, reserved: '1,5' }), /not all reserved cpus: "1,5" are present in defaultCpuSet: "0,2-4,6-7"/);
      assert.throws(() => stage.start({ options: { 'strict-cpu-reservation': '1' } }), /some of strictly reserved cpus: "0" are present in defaultCpuSet/);
    });
  });

  it('gives nothing that it cannot write down', async () => {
    using stage = new Stage();
    const cpus = stage.start();
    const file = readFileSync(stage.file.path, 'utf8');
    stage.file.write = () => {
      throw new Error('no space left on device');
    };
    await assert.rejects(allocate(cpus, podOf('a', [asking('main', '2')])), /no space left/);
    assert.deepEqual(cpus.podUids, []);
    assert.equal(readFileSync(stage.file.path, 'utf8'), file);
  });

  it('refuses reservations that the machine does not have', () => {
    using stage = new Stage();
    assert.throws(() => stage.start({ reservedCount: 9 }), /not enough cpus available/);
    assert.throws(
      () => stage.start({ reservedCount: 1, reserved: '0-1' }),
      /\[cpumanager\] unable to reserve the required amount of CPUs \(size of 0-1 did not equal 1\)/,
    );
    assert.throws(() => stage.start({ reservedCount: 1, reserved: '64' }), /unknown CPU ID: 64/);
  });
});

describe('options of the static policy', () => {
  const gates = { CPUManagerPolicyAlphaOptions: false, CPUManagerPolicyBetaOptions: true };
  const refused: readonly (readonly [options: Readonly<Record<string, string>>, message: string])[] = [
    [{ 'no-such': 'true' }, 'unknown CPU Manager Policy option: "no-such"'],
    [{ 'align-by-socket': 'true' }, 'CPU Manager Policy Alpha-level Options not enabled, but option "align-by-socket" provided'],
    [{ 'full-pcpus-only': 'yes' }, 'bad value for option "full-pcpus-only": strconv.ParseBool: parsing "yes": invalid syntax'],
    [
      { 'prefer-align-cpus-by-uncorecache': 'true', 'distribute-cpus-across-numa': 'true' },
      'static policy options prefer-align-cpus-by-uncorecache and distribute-cpus-across-numa can not be used at the same time',
    ],
  ];
  for (const [options, message] of refused)
    it(`are refused: ${JSON.stringify(options)}`, () => assert.throws(() => cpuPolicyOptions(options, gates), { message }));
  it('are those that are switched on', () =>
    assert.deepEqual([...cpuPolicyOptions({ 'full-pcpus-only': 'T', 'distribute-cpus-across-numa': '0' }, gates)], ['full-pcpus-only']));
});

describe('the file of the CPU state', () => {
  it('is summed as the kubelet sums it', () => {
    const none = { policyName: 'none', sharedCpus: parseCpuList(''), assignments: new Map() };
    assert.equal(cpuStateFormat.toText(none), '{"policyName":"none","defaultCpuSet":"","checksum":1353318690}');
    const containers = new Map([
      ['container2', parseCpuList('1-3')],
      ['container1', parseCpuList('4-6')],
    ]);
    const some = { policyName: 'none', sharedCpus: parseCpuList('1-3'), assignments: new Map([['pod', containers]]) };
    assert.equal((JSON.parse(cpuStateFormat.toText(some)) as { checksum: number }).checksum, 3610638499);
    assert.deepEqual(cpuStateFormat.fromText(cpuStateFormat.toText(some)), some);
  });
});
