import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { quantityValue } from '../../../api/quantity.ts';
import { containerConfig, sandboxConfig } from '../../../extension-points/runtime/conformance-configs.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { behaviourOf } from './behaviour.ts';
import { scriptOf } from './pod-rules.ts';
import { readSimulation, SimulationError } from './read-simulation.ts';
import { simulatedNodes } from './simulated-nodes.ts';
import { createSimulatedRuntime } from './simulated-runtime.ts';
import { type PodRule, usualSimulation } from './simulation.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `node-${index + 1}`);
const countBy = <T>(items: readonly T[], key: (item: T) => string | undefined): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(items, key)].map(([name, all]) => [String(name), all.length]));

describe('the nodes of a simulation', () => {
  it('are mixed in proportion, in any stretch of them', () => {
    const nodes = simulatedNodes(usualSimulation, names(5_000));
    const kinds = { general: 3_000, compute: 750, large: 500, memory: 500, gpu: 250 };
    const kindOf = ({ labels }: { labels: Readonly<Record<string, string>> }): string | undefined => labels['simulate.wherry.dev/kind'];
    assert.deepEqual(countBy(nodes, kindOf), kinds);
    for (const start of [0, 40, 4_960]) assert.equal(nodes.slice(start, start + 20).filter((node) => kindOf(node) === 'gpu').length, 1);
  });

  it('of every kind are in every zone', () => {
    const gpus = simulatedNodes(usualSimulation, names(120)).filter(({ capacity }) => capacity['nvidia.com/gpu'] !== undefined);
    assert.deepEqual(
      countBy(gpus, ({ labels }) => labels['topology.kubernetes.io/zone']),
      { 'simulated-1a': 2, 'simulated-1b': 2, 'simulated-1c': 2 },
    );
    assert.ok(gpus.every(({ taints, labels }) => taints[0]?.key === 'nvidia.com/gpu' && labels['node.kubernetes.io/instance-type'] === 'gpu.96x1024'));
  });

  it('keep something for themselves, and huge pages for who asks for them', () => {
    const memory = simulatedNodes(usualSimulation, names(20)).find(({ labels }) => labels['simulate.wherry.dev/kind'] === 'memory')!;
    assert.deepEqual([memory.capacity['cpu'], memory.allocatable['cpu'], memory.allocatable['hugepages-2Mi']], ['8', '7900m', '4Gi']);
    assert.equal(quantityValue(memory.allocatable['memory']!), (64 - 4) * 1024 ** 3 - 512 * 1024 ** 2);
  });
});

describe('a simulation file', () => {
  it('is read, and what it leaves out is as usual', () => {
    const simulation = readSimulation(`
zones: [a, b]
nodes:
- name: tiny
  capacity: {cpu: 500m, memory: 1Gi}
- name: big
  share: 3
  instanceType: b.1
  capacity: {cpu: 64, memory: 512Gi, pods: 250, example.com/fpga: 2}
  taints: [{key: dedicated, value: fpga, effect: NoSchedule}]
  labels: {team: a}
  images: [{names: [a, b], sizeBytes: 7}]
pods:
- labels: {app: batch}
  runSeconds: [5, 10]
  failureShare: 0.25
`);
    const nodes = simulatedNodes(simulation, names(4));
    assert.deepEqual(
      nodes.map(({ labels }) => [labels['simulate.wherry.dev/kind'], labels['topology.kubernetes.io/zone']]),
      [
        ['big', 'a'],
        ['tiny', 'a'],
        ['big', 'b'],
        ['big', 'a'],
      ],
    );
    const big = nodes.find(({ labels }) => labels['team'] === 'a')!;
    assert.deepEqual(
      [big.capacity['cpu'], big.capacity['pods'], big.capacity['example.com/fpga'], big.images],
      ['64', '250', '2', [{ names: ['a', 'b'], sizeBytes: 7 }]],
    );
    assert.equal(simulation.region, usualSimulation.region);
    assert.equal(simulation.pods.length, 1);
  });

  it('that is empty is the usual one', () => assert.deepEqual(readSimulation(''), usualSimulation));

  const mistakes: [text: string, message: string][] = [
    ['[]', 'simulation: must be a mapping'],
    ['node: []', 'simulation.node: unknown field; there are region, zones, nodes, pods'],
    ['nodes: []', 'nodes: must not be empty'],
    ['nodes: [{name: a}]', 'nodes[0].capacity: is missing'],
    [
      'nodes: [{name: a, capacity: {cpu: lots}}]',
      "nodes[0].capacity.cpu: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    ['nodes: [{name: a, capacity: {}, share: 0}]', 'nodes[0].share: must be a number above 0'],
    [
      'nodes: [{name: a, capacity: {}, taints: [{key: a, effect: Never}]}]',
      'nodes[0].taints[0].effect: must be one of NoSchedule, PreferNoSchedule, NoExecute',
    ],
    ['pods: [{runSeconds: [5, 1]}]', 'pods[0].runSeconds: must be seconds, or two of them: the least and the most'],
    ['pods: [{failureShare: 2}]', 'pods[0].failureShare: must be a number from 0 to 1'],
    ['pods: [{labels: {a: 1}}]', 'pods[0].labels.a: must be text'],
  ];
  for (const [text, message] of mistakes)
    it(`is refused: ${text}`, () => assert.throws(() => readSimulation(text), new SimulationError(...pathAndWhy(message))));
});

const pathAndWhy = (message: string): [string, string] => [message.slice(0, message.indexOf(': ')), message.slice(message.indexOf(': ') + 2)];

describe('the rules of a simulation', () => {
  const pod = (labels: Record<string, string> = {}, annotations: Record<string, string> = {}): ReturnType<typeof sandboxConfig> => ({
    ...sandboxConfig('pod', ''),
    labels,
    annotations,
  });
  const container = containerConfig('app', 'any', ['server']);
  const behave = (rules: PodRule[], sandbox = pod(), random = (): number => 0.5): ReturnType<typeof behaviourOf> => {
    const script = scriptOf(rules, random);
    return behaviourOf(container, sandbox, script ? { rules: script } : {});
  };

  it('are asked in order, by labels and namespace', () => {
    const rules: PodRule[] = [
      { namespace: 'elsewhere', labels: {}, runSeconds: 1 },
      { labels: { app: 'batch' }, runSeconds: 2 },
      { labels: {}, runSeconds: 3 },
    ];
    assert.deepEqual([behave(rules, pod({ app: 'batch' })).runSeconds, behave(rules).runSeconds], [2, 3]);
  });

  it('give each container its own time within a range', () => {
    assert.equal(behave([{ labels: {}, runSeconds: [10, 20], startSeconds: 4 }]).runSeconds, 15);
    assert.equal(behave([{ labels: {}, runSeconds: [10, 20], startSeconds: 4 }]).startSeconds, 4);
  });

  it('let a share of the containers fail', () => {
    const rule: PodRule = { labels: {}, runSeconds: 1, failureShare: 0.3, exitReason: 'OOMKilled', exitCode: 137 };
    const ends = [0.1, 0.29, 0.3, 0.9].map((value) => behave([rule], pod(), () => value));
    assert.deepEqual(
      ends.map(({ exitCode, exitReason }) => [exitCode, exitReason]),
      [
        [137, 'OOMKilled'],
        [137, 'OOMKilled'],
        [0, undefined],
        [0, undefined],
      ],
    );
  });

  it('give way to what the pod itself says', () => {
    const sandbox = pod({}, { 'simulate.wherry.dev/run-seconds': '7', 'simulate.wherry.dev/exit-code': '5' });
    const { runSeconds, exitCode } = behave([{ labels: {}, runSeconds: 1, exitCode: 2 }], sandbox);
    assert.deepEqual([runSeconds, exitCode], [7, 5]);
  });
});

describe('a runtime that several nodes share', () => {
  it('gives the pods of each node addresses of its own range', async () => {
    const runtime = createSimulatedRuntime({ clock: new ManualClock(), writesLogs: false });
    const [first, second] = [runtime.onNode('10.1.0.0/24'), runtime.onNode('10.2.0.0/24')];
    const ips: string[] = [];
    for (const [index, node] of [first, second, first].entries()) {
      const config = sandboxConfig(`pod-${index}`, '');
      const id = await node.runPodSandbox({ ...config, metadata: { ...config.metadata, uid: `uid-${index}` } }, '');
      ips.push(...(await runtime.podSandboxStatus(id)).ips);
    }
    assert.deepEqual(ips, ['10.1.0.2', '10.2.0.2', '10.1.0.3']);
    assert.equal((await runtime.listPodSandboxes()).length, 3);
    assert.equal((await second.listPodSandboxes({ labels: { 'io.kubernetes.pod.uid': 'uid-9' } })).length, 0);
    assert.throws(() => runtime.onNode('10.1.0.0'), /is not an IPv4 CIDR/);
  });

  it('takes as long to start a container as it is told to', async () => {
    const clock = new ManualClock();
    const runtime = createSimulatedRuntime({ clock, writesLogs: false });
    const config = { ...sandboxConfig('pod', ''), annotations: { 'simulate.wherry.dev/start-seconds': '3' } };
    const sandbox = await runtime.runPodSandbox(config, '');
    const id = await runtime.createContainer(sandbox, containerConfig('app', 'any', ['server']), config);
    const started = runtime.startContainer(id);
    await clock.advance(2_900);
    assert.equal((await runtime.containerStatus(id)).state, 'created');
    await clock.advance(100);
    await started;
    assert.equal((await runtime.containerStatus(id)).state, 'running');
  });
});

it('the file that the README shows is read as it says', () => {
  const [, text] = /```yaml\n([^]*?)```/.exec(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'))!;
  const simulation = readSimulation(text!);
  assert.deepEqual(
    simulation.nodes.map(({ name, share, capacity }) => [name, share, capacity['pods']]),
    [
      ['general', 19, '110'],
      ['gpu', 1, '110'],
    ],
  );
  assert.deepEqual(simulation.pods[0]?.runSeconds, [30, 90]);
});
