import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { makeCommon } from '../../../api/common-parts.ts';
import type { LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod, PodSpec, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import { limitranges, persistentvolumeclaims, pods } from '../../../api/generated/resource-types.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { withDefaults } from './container-defaults.ts';
import { createLimitRanger } from './limit-ranger.ts';
import { podProblems } from './limits-kept.ts';

const signal = new AbortController().signal;
const range = (name: string, ...limits: LimitRangeItem[]): LimitRange => ({ metadata: { name, namespace: 'a' }, spec: { limits } });
const ranger = (...ranges: LimitRange[]) => createLimitRanger({ lookup: new MemoryLookup().put(limitranges, ...ranges) });
const pod = (spec: Partial<PodSpec>): Pod => ({ metadata: { name: 'web', namespace: 'a' }, spec: { containers: [], ...spec } });
const container = (name: string, requests: ResourceRequirements['requests'], limits?: ResourceRequirements['limits']) => ({
  name,
  image: 'i',
  resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) },
});

async function judged(object: Pod | PersistentVolumeClaim, ...limits: LimitRangeItem[]): Promise<string> {
  const type = 'containers' in (object.spec ?? {}) ? pods : persistentvolumeclaims;
  const plugin = ranger(range('limits', ...limits));
  const request = admissionRequest(type, { object });
  assert.equal(plugin.handles!(request), true);
  const outcome = await plugin.validate!(request, signal);
  return outcome.kind === 'deny' ? outcome.error.message.replace(/^.* is forbidden: /, '') : 'allowed';
}

describe('the limits of a namespace', () => {
  const inContainer = (bounds: Partial<LimitRangeItem>): LimitRangeItem => ({ type: 'Container', ...bounds });
  const one = (requests: ResourceRequirements['requests'], limits?: ResourceRequirements['limits']): Pod =>
    pod({ containers: [container('c', requests, limits)] });
  const cases: { name: string; object: Pod; limits: LimitRangeItem; want: string }[] = [
    {
      name: 'hold what is within them',
      object: one({ cpu: '100m' }, { cpu: '1' }),
      limits: inContainer({ min: { cpu: '50m' }, max: { cpu: '2' } }),
      want: 'allowed',
    },
    {
      name: 'ask for a request where there is a minimum',
      object: one(undefined),
      limits: inContainer({ min: { memory: '50Mi' } }),
      want: 'minimum memory usage per Container is 50Mi.  No request is specified',
    },
    {
      name: 'refuse a request below the minimum',
      object: one({ cpu: '40m' }),
      limits: inContainer({ min: { cpu: '50m' } }),
      want: 'minimum cpu usage per Container is 50m, but request is 40m',
    },
    {
      name: 'refuse a limit below the minimum',
      object: one({ cpu: '60m' }, { cpu: '40m' }),
      limits: inContainer({ min: { cpu: '50m' } }),
      want: 'minimum cpu usage per Container is 50m, but limit is 40m',
    },
    {
      name: 'ask for a limit where there is a maximum',
      object: one({ cpu: '60m' }),
      limits: inContainer({ max: { cpu: '1' } }),
      want: 'maximum cpu usage per Container is 1.  No limit is specified',
    },
    {
      name: 'refuse a limit beyond the maximum',
      object: one({ cpu: '3' }, { cpu: '2' }),
      limits: inContainer({ max: { cpu: '1' } }),
      want: 'maximum cpu usage per Container is 1, but limit is 2',
    },
    {
      name: 'refuse a request beyond the maximum',
      object: one({ cpu: '3' }, { cpu: '1' }),
      limits: inContainer({ max: { cpu: '1' } }),
      want: 'maximum cpu usage per Container is 1, but request is 3',
    },
    {
      name: 'refuse a ratio without a request, or with one of zero',
      object: one({ cpu: '0' }, { cpu: '1' }),
      limits: inContainer({ maxLimitRequestRatio: { cpu: '1500m' } }),
      want: 'cpu max limit to request ratio per Container is 1500m, but no request is specified or request is 0',
    },
    {
      name: 'refuse a ratio without a limit',
      object: one({ cpu: '1' }),
      limits: inContainer({ maxLimitRequestRatio: { cpu: '3' } }),
      want: 'cpu max limit to request ratio per Container is 3, but no limit is specified or limit is 0',
    },
    {
      name: 'refuse too large a ratio',
      object: one({ cpu: '500m' }, { cpu: '1' }),
      limits: inContainer({ maxLimitRequestRatio: { cpu: '1500m' } }),
      want: 'cpu max limit to request ratio per Container is 1500m, but provided ratio is 2.000000',
    },
    {
      name: 'hold amounts larger than 64 bits of thousandths',
      object: one({ 'ephemeral-storage': '9Ei' }, { 'ephemeral-storage': '9Ei' }),
      limits: inContainer({ max: { 'ephemeral-storage': '1Ei' } }),
      want: 'maximum ephemeral-storage usage per Container is 1Ei, but limit is 9223372036854775807',
    },
    {
      name: 'hold huge pages and devices as anything else',
      object: one({ 'hugepages-2Mi': '8Mi', 'example.com/gpu': '3' }, { 'hugepages-2Mi': '8Mi', 'example.com/gpu': '3' }),
      limits: inContainer({ max: { 'hugepages-2Mi': '4Mi', 'example.com/gpu': '2' } }),
      want: '[maximum example.com/gpu usage per Container is 2, but limit is 3, maximum hugepages-2Mi usage per Container is 4Mi, but limit is 8Mi]',
    },
    {
      name: 'hold for init containers; what is said twice is said once',
      object: pod({ containers: [container('a', { cpu: '10m' })], initContainers: [container('b', { cpu: '20m' }), container('c', { cpu: '10m' })] }),
      limits: inContainer({ min: { cpu: '50m' } }),
      want: '[minimum cpu usage per Container is 50m, but request is 10m, minimum cpu usage per Container is 50m, but request is 20m]',
    },
    {
      name: 'hold for the containers of a pod together',
      object: pod({ containers: [container('a', undefined, { cpu: '1' }), container('b', undefined, { cpu: '1500m' })] }),
      limits: { type: 'Pod', max: { cpu: '2' } },
      want: 'maximum cpu usage per Pod is 2, but limit is 2500m',
    },
    {
      name: 'count the hungriest step of initialisation, sidecars with it',
      object: pod({
        containers: [container('a', undefined, { cpu: '1' })],
        initContainers: [{ ...container('s', undefined, { cpu: '500m' }), restartPolicy: 'Always' }, container('i', undefined, { cpu: '2' })],
      }),
      limits: { type: 'Pod', max: { cpu: '2' } },
      want: 'maximum cpu usage per Pod is 2, but limit is 2500m',
    },
    {
      name: 'take what the pod as a whole asks for instead, of CPU and memory',
      object: pod({
        containers: [container('a', { cpu: '100m', 'hugepages-2Mi': '4Mi' }, { 'hugepages-2Mi': '4Mi' })],
        resources: { requests: { cpu: '3', 'hugepages-2Mi': '8Mi' }, limits: { cpu: '4', 'hugepages-2Mi': '8Mi' } },
      }),
      limits: { type: 'Pod', max: { cpu: '2', 'hugepages-2Mi': '4Mi' } },
      want: 'maximum cpu usage per Pod is 2, but limit is 4',
    },
  ];
  for (const { name, object, limits, want } of cases) it(name, async () => assert.equal(await judged(object, limits), want));

  it('hold for claims of volumes, by what they request', async () => {
    const claim = (requests: ResourceRequirements['requests']): PersistentVolumeClaim => ({
      metadata: { name: 'c', namespace: 'a' },
      spec: { resources: { ...(requests ? { requests } : {}) } },
    });
    const limits: LimitRangeItem = { type: 'PersistentVolumeClaim', min: { storage: '2Gi' }, max: { storage: '5Gi' } };
    assert.equal(await judged(claim({ storage: '3Gi' }), limits), 'allowed');
    assert.equal(await judged(claim({ storage: '1Gi' }), limits), 'minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi');
    assert.equal(await judged(claim({ storage: '8Gi' }), limits), 'maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 8Gi');
    assert.equal(await judged(claim(undefined), { ...limits, min: {} }), 'maximum storage usage per PersistentVolumeClaim is 5Gi.  No request is specified');
  });

  it('are those of the first range that refuses', async () => {
    const plugin = ranger(range('a', { type: 'Pod', min: { cpu: '1' } }), range('b', { type: 'Pod', min: { cpu: '2' } }));
    const outcome = await plugin.validate!(admissionRequest(pods, { object: one({ cpu: '500m' }) }), signal);
    assert.equal(outcome.kind === 'deny' && outcome.error.message, 'pods "web" is forbidden: minimum cpu usage per Pod is 1, but request is 500m');
  });
});

describe('defaults for containers', () => {
  const defaults: LimitRangeItem = {
    type: 'Container',
    default: { cpu: '200m', memory: '512Mi', 'hugepages-2Mi': '4Mi' },
    defaultRequest: { cpu: '100m', memory: '256Mi', 'hugepages-2Mi': '4Mi' },
  };
  const mutated = async (spec: Partial<PodSpec>, ...ranges: LimitRange[]): Promise<Pod> => {
    const outcome = await ranger(...ranges).mutate!(admissionRequest(pods, { object: pod(spec) }), signal);
    return (outcome.kind === 'replace' ? outcome.object : pod(spec)) as unknown as Pod;
  };

  it('are added by name where nothing is said, and noted', async () => {
    const { metadata, spec } = await mutated(
      {
        containers: [container('a', undefined), container('b', { cpu: '300m', memory: '1Gi' }, { cpu: '400m' })],
        initContainers: [
          container('c', { cpu: '1', memory: '1', 'hugepages-2Mi': '2Mi' }, { cpu: '1', memory: '1', 'hugepages-2Mi': '2Mi' }),
          { name: 'd', image: 'i' },
        ],
      },
      range('limits', defaults),
    );
    assert.deepEqual(
      [...spec.containers, ...spec.initContainers!].map(({ resources }) => resources),
      [
        { requests: { cpu: '100m', 'hugepages-2Mi': '4Mi', memory: '256Mi' }, limits: { cpu: '200m', 'hugepages-2Mi': '4Mi', memory: '512Mi' } },
        { requests: { cpu: '300m', memory: '1Gi', 'hugepages-2Mi': '4Mi' }, limits: { cpu: '400m', memory: '512Mi', 'hugepages-2Mi': '4Mi' } },
        { requests: { cpu: '1', memory: '1', 'hugepages-2Mi': '2Mi' }, limits: { cpu: '1', memory: '1', 'hugepages-2Mi': '2Mi' } },
        { requests: { cpu: '100m', 'hugepages-2Mi': '4Mi', memory: '256Mi' }, limits: { cpu: '200m', 'hugepages-2Mi': '4Mi', memory: '512Mi' } },
      ],
    );
    assert.equal(
      metadata.annotations?.['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu, hugepages-2Mi, memory request for container a; cpu, hugepages-2Mi, memory limit for container a; ' +
        'hugepages-2Mi request for container b; hugepages-2Mi, memory limit for container b; ' +
        'cpu, hugepages-2Mi, memory request for init container d; cpu, hugepages-2Mi, memory limit for init container d',
    );
  });

  it('of several ranges are added in turn; the last that added any has the note', async () => {
    const { metadata, spec } = await mutated(
      { containers: [container('a', undefined)] },
      range('a', { type: 'Container', default: { cpu: '1' } }),
      range('b', { type: 'Container', default: { cpu: '2', memory: '1Gi' } }),
      range('c', { type: 'Pod', max: { cpu: '2' } }),
    );
    assert.deepEqual(spec.containers[0]!.resources, { limits: { cpu: '1', memory: '1Gi' } });
    assert.equal(metadata.annotations?.['kubernetes.io/limit-ranger'], 'LimitRanger plugin set: memory limit for container a');
  });

  it('keep pods of one template together, note and all', async () => {
    const plugin = ranger(range('limits', defaults));
    const spec = makeCommon(pod({ containers: [container('a', undefined)] }).spec);
    const made: Pod[] = [];
    for (let round = 0; round < 2; round++) {
      const outcome = await plugin.mutate!(admissionRequest(pods, { object: { metadata: { name: 'web', namespace: 'a' }, spec } }), signal);
      made.push((outcome.kind === 'replace' ? outcome.object : undefined) as unknown as Pod);
    }
    assert.equal(made[0]!.spec, made[1]!.spec);
    assert.deepEqual(made[0]!.metadata, made[1]!.metadata);
  });
});

describe('the limit ranger', () => {
  const plugin = ranger(range('limits', { type: 'Container', default: { cpu: '1' } }));
  const object = pod({ containers: [container('a', undefined)] });
  const claim = { metadata: { name: 'c', namespace: 'a' } };
  const cases: { name: string; request: Parameters<NonNullable<typeof plugin.handles>>[0]; want: boolean }[] = [
    { name: 'looks at new pods', request: admissionRequest(pods, { object }), want: true },
    { name: 'looks at no other namespace', request: admissionRequest(pods, { object, namespace: 'b' }), want: false },
    { name: 'leaves pods that change alone', request: admissionRequest(pods, { object, oldObject: object }), want: false },
    { name: 'looks at pods that are resized', request: admissionRequest(pods, { object, oldObject: object, subresource: 'resize' }), want: true },
    {
      name: 'leaves alone what is being deleted',
      request: admissionRequest(pods, { object, oldObject: { ...object, metadata: { ...object.metadata, deletionTimestamp: 'now' } }, subresource: 'resize' }),
      want: false,
    },
    { name: 'leaves the status of pods alone', request: admissionRequest(pods, { object, oldObject: object, subresource: 'status' }), want: false },
    { name: 'looks at claims', request: admissionRequest(persistentvolumeclaims, { object: claim }), want: true },
    { name: 'looks at claims that change', request: admissionRequest(persistentvolumeclaims, { object: claim, oldObject: claim }), want: true },
    { name: 'leaves deletions alone', request: admissionRequest(pods, { oldObject: object }), want: false },
    { name: 'leaves other kinds alone', request: admissionRequest(limitranges, { object: range('b') }), want: false },
  ];
  for (const { name, request, want } of cases) it(name, () => assert.equal(plugin.handles!(request), want));
});

interface UpstreamCase {
  readonly spec: PodSpec;
  readonly limits: LimitRangeItem[];
  /** What is wrong with the pod once it has its defaults; sorted, each once. */
  readonly problems: readonly string[];
  readonly note: string;
}

/** Random pods under random limits, and what Kubernetes 1.36 makes of them. */
const upstream = JSON.parse(readFileSync(new URL('./pods-upstream-cases.json', import.meta.url), 'utf8')) as readonly UpstreamCase[];

describe('pods as upstream limits them', () => {
  for (const [index, { spec, limits, problems, note }] of upstream.entries())
    it(`number ${index + 1}`, () => {
      const limitRange = range('limits', ...limits);
      const completed = withDefaults(pod(spec), limitRange);
      assert.equal(completed.metadata.annotations?.['kubernetes.io/limit-ranger'] ?? '', note);
      assert.deepEqual([...new Set(podProblems(completed.spec, limitRange))].sort(), problems);
    });
});

admissionConformance({
  name: 'limit-ranger',
  create: () => ranger(range('limits', { type: 'Container', default: { cpu: '1' }, max: { cpu: '2' } })),
  samples: [
    admissionRequest(pods, { object: pod({ containers: [container('a', undefined)] }) }),
    admissionRequest(pods, { object: pod({ containers: [container('a', undefined, { cpu: '3' })] }) }),
  ],
});
