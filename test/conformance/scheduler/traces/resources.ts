import type { Trace } from '../trace.ts';
import { node, pod } from './objects.ts';

const container = (name: string, requests: Record<string, string>, more: object = {}) => ({ name, image: 'app', resources: { requests }, ...more });
const port = (hostPort: number, more: object = {}) => [{ name: 'main', image: 'app', ports: [{ containerPort: 80, hostPort, ...more }] }] as never;

/** What pods ask for and nodes have. */
export const resources: readonly Trace[] = [
  {
    name: 'insufficient',
    steps: [
      { create: [node('a'), node('b', { resources: { cpu: '1', memory: '1Gi' } }), node('c', { resources: { pods: '0' } })] },
      {
        create: [
          pod('cpu', { requests: { cpu: '5' } }),
          pod('memory', { requests: { memory: '9Gi' } }),
          pod('both', { requests: { cpu: '5', memory: '9Gi' } }),
          pod('device', { requests: { 'example.com/device': '1' } }),
          pod('storage', { requests: { 'ephemeral-storage': '1Gi' } }),
          pod('pages', { requests: { 'hugepages-2Mi': '4Mi', cpu: '1' } }),
        ],
      },
      { look: 'too much' },
      {
        patch: { kind: 'Node', name: 'a' },
        subresource: 'status',
        body: { status: { capacity: { 'example.com/device': '2' }, allocatable: { 'example.com/device': '2' } } },
      },
      { look: 'a device came', quietMs: 2_000 },
      { create: [pod('two-devices', { requests: { 'example.com/device': '2' } })] },
      { look: 'one device left' },
      { remove: { kind: 'Pod', name: 'device' } },
      { look: 'and given back', quietMs: 3_000 },
    ],
  },
  {
    name: 'sums',
    steps: [
      { create: [node('a')] },
      {
        create: [
          pod('init-larger', { containers: [container('m', { cpu: '1' })], initContainers: [container('i', { cpu: '5' })] }),
          pod('sidecars', {
            containers: [container('m', { cpu: '2' })],
            initContainers: [container('s', { cpu: '2' }, { restartPolicy: 'Always' }), container('i', { cpu: '3' })],
          }),
          pod('pod-level', { containers: [container('m', { cpu: '1' })], resources: { requests: { cpu: '5' }, limits: { cpu: '5' } } }),
          pod('fits-exactly', {
            containers: [container('m', { cpu: '2', memory: '8Gi' })],
            initContainers: [container('s', { cpu: '2' }, { restartPolicy: 'Always' })],
          }),
        ],
      },
      { look: 'sums' },
    ],
  },
  {
    name: 'overhead',
    steps: [
      {
        create: [
          node('a'),
          {
            apiVersion: 'node.k8s.io/v1',
            kind: 'RuntimeClass',
            metadata: { name: 'heavy' },
            handler: 'heavy',
            overhead: { podFixed: { cpu: '3500m' } },
          } as never,
          {
            apiVersion: 'node.k8s.io/v1',
            kind: 'RuntimeClass',
            metadata: { name: 'picky' },
            handler: 'picky',
            scheduling: { nodeSelector: { sandbox: 'yes' } },
          } as never,
        ],
      },
      {
        create: [
          pod('over', { runtimeClassName: 'heavy', requests: { cpu: '600m' } }),
          pod('fits', { runtimeClassName: 'heavy', requests: { cpu: '500m' } }),
          pod('picky', { runtimeClassName: 'picky' }),
        ],
      },
      { look: 'overhead' },
    ],
  },
  {
    name: 'least-allocated',
    steps: [
      {
        create: [node('a'), node('b'), node('c', { resources: { cpu: '6', memory: '4Gi' } }), pod('on-a', { on: 'a', requests: { cpu: '2', memory: '1Gi' } })],
      },
      { create: [pod('first', { requests: { cpu: '1', memory: '1Gi' } })] },
      { look: 'first' },
      { create: [pod('second', { requests: { cpu: '2' } })] },
      { look: 'second' },
      { create: [pod('third')] },
      { look: 'best effort' },
      { create: [pod('fourth', { requests: { memory: '2Gi' } })] },
      { look: 'fourth' },
    ],
  },
  {
    name: 'too-many-pods',
    steps: [
      { create: [node('a', { resources: { pods: '1' } }), pod('there', { on: 'a' }), pod('waits')] },
      { look: 'full' },
      { remove: { kind: 'Pod', name: 'there' } },
      { look: 'free', quietMs: 2_000 },
    ],
  },
  {
    name: 'finished-pods',
    steps: [
      { create: [node('a', { resources: { cpu: '1' } }), pod('runs', { on: 'a', requests: { cpu: '1' } }), pod('waits', { requests: { cpu: '1' } })] },
      { look: 'runs' },
      { patch: { kind: 'Pod', name: 'runs' }, subresource: 'status', body: { status: { phase: 'Succeeded' } } },
      { look: 'over', quietMs: 2_000 },
    ],
  },
  {
    name: 'ports',
    steps: [
      {
        create: [
          node('a'),
          node('b'),
          pod('on-a', { on: 'a', containers: port(8080) }),
          pod('on-b', { on: 'b', containers: port(8080, { hostIP: '10.0.0.1' }) }),
        ],
      },
      {
        create: [
          pod('any-address', { containers: port(8080) }),
          pod('other-protocol', { containers: port(8080, { protocol: 'UDP' }), nodeSelector: { 'kubernetes.io/hostname': 'a' } }),
          pod('other-address', { containers: port(8080, { hostIP: '10.0.0.2' }) }),
        ],
      },
      { look: 'taken' },
      { remove: { kind: 'Pod', name: 'on-a' } },
      { look: 'given back', quietMs: 2_000 },
    ],
  },
  {
    name: 'images',
    steps: [
      {
        create: [
          node('a', { status: { images: [{ names: ['registry.example.com/big:1'], sizeBytes: 900_000_000 }] } }),
          node('b', { status: { images: [{ names: ['docker.io/library/small:latest', 'small:latest'], sizeBytes: 200_000_000 }] } }),
          node('c', { status: { images: [{ names: ['registry.example.com/big:1'], sizeBytes: 900_000_000 }] } }),
          pod('weight', { on: 'c', requests: { cpu: '100m' } }),
        ],
      },
      { create: [pod('big', { containers: [{ name: 'main', image: 'registry.example.com/big:1' }] })] },
      { look: 'big' },
      { create: [pod('small', { containers: [{ name: 'main', image: 'small' }] })] },
      { look: 'small' },
      {
        create: [
          pod('two', {
            containers: [
              { name: 'main', image: 'registry.example.com/big:1' },
              { name: 'other', image: 'small:latest' },
            ],
            initContainers: [{ name: 'init', image: 'registry.example.com/big:1' }],
          }),
        ],
      },
      { look: 'two' },
    ],
  },
];
