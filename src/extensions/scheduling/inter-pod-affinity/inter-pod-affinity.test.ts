import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Namespace, Node, Pod, PodAffinityTerm, PodSpec } from '../../../api/generated/core-v1.ts';
import { deepFreeze } from '../../../api/object.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import type { NodeInfo } from '../../../extension-points/scheduling/contract.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import { TestCluster, TestInformers } from '../../../extension-points/scheduling/testing-cluster.ts';
import interPodAffinity from './inter-pod-affinity.ts';

const namespaces: Namespace[] = [
  { metadata: { name: 'default', labels: { team: 'a' } }, spec: {} },
  { metadata: { name: 'other', labels: { team: 'b' } }, spec: {} },
  { metadata: { name: 'third', labels: { team: 'b' } }, spec: {} },
];
const clusterOf = (nodes: readonly NodeInfo[] = []): TestCluster => new TestCluster(nodes, new TestInformers({ namespaces }));
const trialOf = (nodes: readonly NodeInfo[] = [], args?: unknown): PluginTrial => new PluginTrial(interPodAffinity(args, clusterOf(nodes)));

const term = (app: string, rest: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  topologyKey: 'zone',
  labelSelector: { matchLabels: { app } },
  ...rest,
});
const affine = (...terms: PodAffinityTerm[]): PodSpec['affinity'] => ({ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } });
const averse = (...terms: PodAffinityTerm[]): PodSpec['affinity'] => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } });
const prefers = (weight: number, ...terms: PodAffinityTerm[]): PodSpec['affinity'] => ({
  podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms.map((podAffinityTerm) => ({ weight, podAffinityTerm })) },
});
const avoids = (weight: number, ...terms: PodAffinityTerm[]): PodSpec['affinity'] => ({
  podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms.map((podAffinityTerm) => ({ weight, podAffinityTerm })) },
});
const pod = (name: string, app: string, affinity?: PodSpec['affinity'], namespace = 'default'): Pod =>
  deepFreeze({ ...testPod(name, affinity ? { affinity } : {}), metadata: { name, namespace, uid: `uid-${name}`, labels: { app } } });
const node = (name: string, zone: string | undefined, ...pods: Pod[]): NodeInfo =>
  nodeWith(testNode(name, { labels: { host: name, ...(zone ? { zone } : {}) } }), ...pods);

schedulingConformance('InterPodAffinity', () => interPodAffinity(undefined, clusterOf()), {
  pods: [pod('affine', 'web', affine(term('web'))), pod('averse', 'web', averse(term('web'))), pod('choosy', 'web', prefers(5, term('web')))],
});

const affinityRefusal = "unschedulable-and-unresolvable: node(s) didn't match pod affinity rules";
const antiAffinityRefusal = "unschedulable: node(s) didn't match pod anti-affinity rules";
const existingRefusal = "unschedulable: node(s) didn't satisfy existing pods anti-affinity rules";

describe('required pod affinity', () => {
  const byNamespace = (rest: Partial<PodAffinityTerm>): Pod => pod('p', 'web', affine(term('db', rest)));
  const db = pod('db', 'db');
  const cases: { name: string; pod: Pod; nodes: NodeInfo[]; want: string[] }[] = [
    {
      name: 'wants the domain of such a pod',
      pod: pod('p', 'web', affine(term('db'))),
      nodes: [node('a', 'z1', db), node('b', 'z1'), node('c', 'z2')],
      want: ['fits', 'fits', affinityRefusal],
    },
    { name: 'refuses nodes without the key', pod: pod('p', 'web', affine(term('db'))), nodes: [node('a', undefined, db)], want: [affinityRefusal] },
    { name: 'is refused while there is no such pod', pod: pod('p', 'web', affine(term('db'))), nodes: [node('a', 'z1')], want: [affinityRefusal] },
    {
      name: 'lets the first of a group go anywhere that has the key',
      pod: pod('p', 'web', affine(term('web'))),
      nodes: [node('a', 'z1', db), node('b', undefined)],
      want: ['fits', affinityRefusal],
    },
    {
      name: 'keeps the second of a group with the first',
      pod: pod('p', 'web', affine(term('web'))),
      nodes: [node('a', 'z1', pod('first', 'web')), node('b', 'z2')],
      want: ['fits', affinityRefusal],
    },
    {
      name: 'counts only pods that all terms mean',
      pod: pod(
        'p',
        'web',
        affine(term('db'), { topologyKey: 'host', labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['db', 'x'] }] } }),
      ),
      nodes: [node('a', 'z1', db), node('b', 'z1', pod('x', 'x'))],
      want: ['fits', affinityRefusal],
    },
    {
      name: 'is about the own namespace by default',
      pod: byNamespace({}),
      nodes: [node('a', 'z1', pod('db', 'db', undefined, 'other'))],
      want: [affinityRefusal],
    },
    { name: 'may name namespaces', pod: byNamespace({ namespaces: ['other'] }), nodes: [node('a', 'z1', pod('db', 'db', undefined, 'other'))], want: ['fits'] },
    {
      name: 'may select namespaces by label',
      pod: byNamespace({ namespaceSelector: { matchLabels: { team: 'b' } } }),
      nodes: [node('a', 'z1', pod('db', 'db', undefined, 'third')), node('b', 'z2', db)],
      want: ['fits', affinityRefusal],
    },
    {
      name: 'may mean all namespaces',
      pod: byNamespace({ namespaceSelector: {} }),
      nodes: [node('a', 'z1', pod('db', 'db', undefined, 'unknown'))],
      want: ['fits'],
    },
    {
      name: 'means no pod without a selector',
      pod: pod('p', 'web', affine({ topologyKey: 'zone' })),
      nodes: [node('a', 'z1', db)],
      want: [affinityRefusal],
    },
  ];
  for (const { name, pod: wanted, nodes, want } of cases) it(name, () => assert.deepEqual(trialOf(nodes).filter(wanted, nodes), want));
});

describe('required pod anti-affinity', () => {
  const cases: { name: string; pod: Pod; nodes: NodeInfo[]; want: string[] }[] = [
    {
      name: 'refuses the domains of such pods, and no node without the key',
      pod: pod('p', 'web', averse(term('web'))),
      nodes: [node('a', 'z1', pod('w', 'web')), node('b', 'z1'), node('c', 'z2'), node('d', undefined, pod('v', 'web'))],
      want: [antiAffinityRefusal, antiAffinityRefusal, 'fits', 'fits'],
    },
    {
      name: 'of pods that are there holds for those that come',
      pod: pod('p', 'web'),
      nodes: [node('a', 'z1', pod('w', 'db', averse(term('web')))), node('b', 'z1'), node('c', 'z2')],
      want: [existingRefusal, existingRefusal, 'fits'],
    },
    {
      name: 'of pods that are there is about their namespaces',
      pod: pod('p', 'web'),
      nodes: [
        node('a', 'z1', pod('w', 'db', averse(term('web')), 'other')),
        node('b', 'z2', pod('v', 'db', averse(term('web', { namespaceSelector: { matchLabels: { team: 'a' } } })), 'other')),
        node('c', 'z3', pod('u', 'db', averse(term('web', { namespaces: ['default'] })), 'other')),
      ],
      want: ['fits', existingRefusal, existingRefusal],
    },
    {
      name: 'refuses for each term by itself',
      pod: pod('p', 'web', averse(term('x', { topologyKey: 'host' }), term('y'))),
      nodes: [node('a', 'z1', pod('x', 'x')), node('b', 'z1'), node('c', 'z2', pod('y', 'y')), node('d', 'z2')],
      want: [antiAffinityRefusal, 'fits', antiAffinityRefusal, antiAffinityRefusal],
    },
    {
      name: 'comes after affinity',
      pod: pod('p', 'web', { ...affine(term('db')), ...averse(term('web')) }),
      nodes: [node('a', 'z1', pod('db', 'db'), pod('w', 'web')), node('b', 'z2', pod('v', 'web')), node('c', 'z3', pod('d', 'db'))],
      want: [antiAffinityRefusal, affinityRefusal, 'fits'],
    },
  ];
  for (const { name, pod: wanted, nodes, want } of cases) it(name, () => assert.deepEqual(trialOf(nodes).filter(wanted, nodes), want));

  it('says what is wrong with terms that cannot be read', () => {
    const broken = pod('p', 'web', averse({ topologyKey: 'zone', labelSelector: { matchExpressions: [{ key: 'a', operator: 'Near' as 'In', values: [] }] } }));
    assert.deepEqual(trialOf().filter(broken, [node('a', 'z1')]), [
      'unschedulable-and-unresolvable: parsing pod: "Near" is not a valid label selector operator',
    ]);
  });
});

describe('preferences', () => {
  const nodes = (...first: Pod[]): NodeInfo[] => [node('a', 'z1', ...first), node('b', 'z1'), node('c', 'z2'), node('d', undefined)];
  const cases: { name: string; pod: Pod; there: Pod[]; args?: unknown; want: number[] }[] = [
    { name: 'draw to the domain of such a pod', pod: pod('p', 'web', prefers(5, term('db'))), there: [pod('db', 'db')], want: [100, 100, 0, 0] },
    { name: 'push away from it', pod: pod('p', 'web', avoids(5, term('db'))), there: [pod('db', 'db')], want: [0, 0, 100, 100] },
    {
      name: 'add up',
      pod: pod('p', 'web', { ...prefers(8, term('db', { topologyKey: 'host' })), ...avoids(4, term('db')) }),
      there: [pod('db', 'db')],
      want: [100, 0, 50, 50],
    },
    { name: 'of those who are there count', pod: pod('p', 'web'), there: [pod('db', 'db', avoids(5, term('web')))], want: [0, 0, 100, 100] },
    { name: 'include what those there require', pod: pod('p', 'web'), there: [pod('db', 'db', affine(term('web')))], want: [100, 100, 0, 0] },
    {
      name: 'leave out what those there require at weight 0',
      pod: pod('p', 'web'),
      there: [pod('db', 'db', affine(term('web')))],
      args: { hardPodAffinityWeight: 0 },
      want: [0, 0, 0, 0],
    },
    {
      name: 'of those there can be ignored',
      pod: pod('p', 'web'),
      there: [pod('db', 'db', avoids(5, term('web')))],
      args: { ignorePreferredTermsOfExistingPods: true },
      want: [0, 0, 0, 0],
    },
    { name: 'make no difference where all are alike', pod: pod('p', 'web', prefers(5, term('none'))), there: [pod('db', 'db')], want: [0, 0, 0, 0] },
  ];
  for (const { name, pod: wanted, there, args, want } of cases)
    it(name, async () => assert.deepEqual(await trialOf(nodes(...there), args).score(wanted, nodes(...there)), want));

  it('refuse a weight out of range', () =>
    assert.throws(() => trialOf([], { hardPodAffinityWeight: 101 }), /hardPodAffinityWeight: Invalid value: 101: not in valid range \[0, 100\]/));
});

describe('what may help a pod with affinity', () => {
  const events = interPodAffinity(undefined, clusterOf()).eventsToRegister!();
  const hint = (resource: 'Pod' | 'Node', waiting: Pod, old: Pod | Node | undefined, current: Pod | Node | undefined): string =>
    events.find(({ event }) => event.resource === resource)!.hint!(waiting, old, current);
  const running = (name: string, app: string, affinity?: PodSpec['affinity'], namespace?: string): Pod => {
    const made = pod(name, app, affinity, namespace);
    return { ...made, spec: { ...made.spec!, nodeName: 'a' } };
  };
  const wanting = pod('p', 'web', affine(term('db')));
  const shunning = pod('p', 'web', averse(term('x'), term('y')));
  const named = (labels: Record<string, string>): Node => testNode('n', { labels });
  const cases: { name: string; got: string; want: 'queue' | 'skip' }[] = [
    { name: 'a wanted pod that came', got: hint('Pod', wanting, undefined, running('db', 'db')), want: 'queue' },
    { name: 'a wanted pod that has no node yet', got: hint('Pod', wanting, undefined, pod('db', 'db')), want: 'skip' },
    { name: 'another pod that came', got: hint('Pod', wanting, undefined, running('x', 'x')), want: 'skip' },
    { name: 'a pod relabelled to what is wanted', got: hint('Pod', wanting, running('x', 'x'), running('x', 'db')), want: 'queue' },
    { name: 'a wanted pod that went', got: hint('Pod', wanting, running('db', 'db'), undefined), want: 'skip' },
    { name: 'one of the shunned pods that went', got: hint('Pod', shunning, running('y', 'y'), undefined), want: 'queue' },
    { name: 'a shunned pod relabelled', got: hint('Pod', shunning, running('y', 'y'), running('y', 'z')), want: 'queue' },
    { name: 'a pod that shunned it and went', got: hint('Pod', wanting, running('w', 'w', averse(term('web'))), undefined), want: 'queue' },
    {
      name: 'one of another namespace that selected its namespace and went',
      got: hint('Pod', wanting, running('w', 'w', averse(term('web', { namespaceSelector: { matchLabels: { team: 'a' } } })), 'other'), undefined),
      want: 'queue',
    },
    { name: 'new labels of its own', got: hint('Pod', wanting, pod('p', 'x'), wanting), want: 'queue' },
    { name: 'a node with the key it wants', got: hint('Node', wanting, undefined, named({ zone: 'z' })), want: 'queue' },
    { name: 'a node without the key it wants', got: hint('Node', wanting, undefined, named({})), want: 'skip' },
    { name: 'a node moved to another domain', got: hint('Node', wanting, named({ zone: 'y' }), named({ zone: 'z' })), want: 'queue' },
    { name: 'a node relabelled otherwise', got: hint('Node', wanting, named({ zone: 'z' }), named({ zone: 'z', a: 'b' })), want: 'skip' },
    { name: 'any new node, for one that shuns others', got: hint('Node', shunning, undefined, named({})), want: 'queue' },
    { name: 'a node that lost the key, for one that shuns others', got: hint('Node', shunning, named({ zone: 'z' }), named({})), want: 'queue' },
    { name: 'a node that got the key, for one that shuns others', got: hint('Node', shunning, named({}), named({ zone: 'z' })), want: 'skip' },
    { name: 'any new node, for one that others shun', got: hint('Node', pod('p', 'web'), undefined, named({})), want: 'queue' },
  ];
  for (const { name, got, want } of cases) it(`${want === 'queue' ? 'is' : 'is not'} ${name}`, () => assert.equal(got, want));
});
