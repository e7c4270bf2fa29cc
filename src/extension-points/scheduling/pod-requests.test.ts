import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Container, PodSpec, PodStatus } from '../../api/generated/core-v1.ts';
import { podRequests, resourceTotals } from './pod-requests.ts';

const container = (name: string, cpu: string, memory: string, parts: Partial<Container> = {}): Container => ({
  name,
  image: 'x',
  resources: { requests: { cpu, memory } },
  ...parts,
});
const sidecar = { restartPolicy: 'Always' } as const;

describe('pod requests', () => {
  const cases: { name: string; spec: PodSpec; status?: PodStatus; want: [number, number] }[] = [
    { name: 'adds containers up', spec: { containers: [container('a', '500m', '1Ki'), container('b', '1', '2Ki')] }, want: [1_500, 3_072] },
    {
      name: 'takes the larger of init containers and containers, per resource',
      spec: { containers: [container('a', '1', '1Ki')], initContainers: [container('i', '200m', '4Ki'), container('j', '2', '1Ki')] },
      want: [2_000, 4_096],
    },
    {
      name: 'counts sidecars with what runs after them',
      spec: {
        containers: [container('a', '1', '1Ki')],
        initContainers: [container('early', '3', '0'), container('s', '500m', '1Ki', sidecar), container('late', '2', '0')],
      },
      want: [3_000, 2_048],
    },
    {
      name: 'counts a late init container on top of sidecars',
      spec: { containers: [container('a', '1', '0')], initContainers: [container('s', '500m', '0', sidecar), container('late', '2', '0')] },
      want: [2_500, 0],
    },
    { name: 'adds overhead', spec: { containers: [container('a', '1', '1Ki')], overhead: { cpu: '250m', memory: '1Ki' } }, want: [1_250, 2_048] },
    {
      name: 'lets pod-level requests override',
      spec: { containers: [container('a', '1', '1Ki')], resources: { requests: { cpu: '3' } }, overhead: { cpu: '100m' } },
      want: [3_100, 1_024],
    },
    {
      name: 'counts the larger of wanted and given during a resize',
      spec: { containers: [container('a', '1', '4Ki')] },
      status: {
        containerStatuses: [{ name: 'a', ready: true, restartCount: 0, image: 'x', imageID: '', resources: { requests: { cpu: '2', memory: '1Ki' } } }],
      },
      want: [2_000, 4_096],
    },
  ];
  for (const { name, spec, status, want } of cases) {
    it(name, () => {
      const { milliCpu, memoryBytes } = podRequests({ metadata: { name: 'p' }, spec, ...(status ? { status } : {}) });
      assert.deepEqual([milliCpu, memoryBytes], want);
    });
  }

  it('assumes a little of CPU and memory where a container asks for none', () => {
    const { nonZero, milliCpu } = podRequests({ metadata: { name: 'p' }, spec: { containers: [{ name: 'a', image: 'x' }, container('b', '0', '1Ki')] } });
    assert.deepEqual([nonZero, milliCpu], [{ milliCpu: 100, memoryBytes: 200 * 2 ** 20 + 1_024 }, 0]);
  });

  it('stay numbers that can be compared, whatever somebody asks for', () => {
    const { milliCpu, memoryBytes, scalar } = resourceTotals({ cpu: '1e399', memory: '1e399', 'example.com/gpu': '1e399' });
    assert.deepEqual([milliCpu, memoryBytes, scalar.get('example.com/gpu')], [2 ** 63, 2 ** 63, 2 ** 63]);
  });

  it('keeps extended resources and huge pages apart', () => {
    const requests = { 'example.com/gpu': '2', 'hugepages-2Mi': '4Mi', 'ephemeral-storage': '1Gi', storage: '5Gi' };
    const { scalar, ephemeralStorageBytes } = podRequests({
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'a', image: 'x', resources: { requests } }] },
    });
    assert.deepEqual(
      [...scalar],
      [
        ['example.com/gpu', 2],
        ['hugepages-2Mi', 4 * 2 ** 20],
      ],
    );
    assert.equal(ephemeralStorageBytes, 2 ** 30);
  });
});
