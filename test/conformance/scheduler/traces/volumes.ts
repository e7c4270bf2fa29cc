import type { KubernetesObject } from '../../../../src/api/object.ts';
import type { Trace } from '../trace.ts';
import { node, pod } from './objects.ts';

const zoneKey = 'topology.kubernetes.io/zone';
const storageClass = (name: string, volumeBindingMode: string, more: object = {}) =>
  ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'csi.example.com',
    volumeBindingMode,
    ...more,
  }) as KubernetesObject;
const claim = (name: string, storageClassName: string, { spec, status }: { spec?: object; status?: object } = {}) =>
  ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, ...(spec && 'volumeName' in spec ? { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } } : {}) },
    spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
    ...(status ? { status } : {}),
  }) as KubernetesObject;
const volume = (name: string, storageClassName: string, more: object = {}, metadata: object = {}) =>
  ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, ...metadata },
    spec: {
      ...{ storageClassName, capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], csi: { driver: 'csi.example.com', volumeHandle: name } },
      ...more,
    },
  }) as KubernetesObject;
const onNode = (...values: string[]) => ({
  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values }] }] } },
});
const claimed = (claimName: string) => ({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] });
const boundTo = (volumeName: string) => ({ spec: { volumeName }, status: { phase: 'Bound' } });
const ref = (trace: string, name: string) => ({ claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace: trace, name } });

/** Volumes that are there, or are yet to be. */
export const volumes: readonly Trace[] = [
  {
    name: 'unbound-claims',
    steps: [
      { create: [node('a'), storageClass('now', 'Immediate'), storageClass('later', 'WaitForFirstConsumer')] },
      {
        create: [claim('unbound', 'now'), claim('nothing-to-bind', 'later'), claim('lost', 'now', { spec: { volumeName: 'gone' }, status: { phase: 'Lost' } })],
      },
      {
        create: [pod('of-no-claim', claimed('absent')), pod('of-unbound', claimed('unbound')), pod('of-lost', claimed('lost'))],
      },
      { look: 'refused' },
      { create: [claim('absent', 'now')] },
      { look: 'the claim is there, unbound', quietMs: 2_500 },
    ],
  },
  {
    name: 'static-volumes',
    steps: [
      { create: [node('a'), node('b'), storageClass('static', 'WaitForFirstConsumer', { provisioner: 'kubernetes.io/no-provisioner' })] },
      { create: [claim('first', 'static'), claim('large', 'static', { spec: { resources: { requests: { storage: '5Gi' } } } })] },
      { create: [pod('no-volume', claimed('first'))] },
      { look: 'no volume' },
      { create: [pod('too-small', claimed('large')), volume('v', 'static', onNode('b'))] },
      { look: 'one on b', quietMs: 2_500 },
    ],
  },
  {
    name: 'bound-volumes',
    steps: [
      { create: [node('a', { zone: 'x' }), node('b', { zone: 'y' }), storageClass('s', 'Immediate')] },
      {
        create: [
          volume('v1', 's', { ...onNode('b'), ...ref('bound-volumes', 'c1') }),
          claim('c1', 's', boundTo('v1')),
          volume('v2', 's', ref('bound-volumes', 'c2'), { labels: { [zoneKey]: 'x' } }),
          claim('c2', 's', boundTo('v2')),
          volume('v3', 's', { ...onNode('z'), ...ref('bound-volumes', 'c3') }),
          claim('c3', 's', boundTo('v3')),
          claim('c4', 's', boundTo('v4')),
        ],
      },
      { create: [pod('affine', claimed('c1')), pod('zonal', claimed('c2')), pod('nowhere', claimed('c3')), pod('of-no-volume', claimed('c4'))] },
      { look: 'volumes' },
      { create: [pod('contradicting', { ...claimed('c1'), nodeSelector: { [zoneKey]: 'x' } })] },
      { look: 'contradiction' },
    ],
  },
  {
    name: 'provisioning',
    steps: [
      {
        create: [
          ...[node('a', { zone: 'x' }), node('b', { zone: 'y' })],
          storageClass('in-y', 'WaitForFirstConsumer', { allowedTopologies: [{ matchLabelExpressions: [{ key: zoneKey, values: ['y'] }] }] }),
          storageClass('in-z', 'WaitForFirstConsumer', { allowedTopologies: [{ matchLabelExpressions: [{ key: zoneKey, values: ['z'] }] }] }),
          ...[claim('y', 'in-y'), claim('z', 'in-z')],
        ],
      },
      { create: [pod('to-z', claimed('z'))] },
      { look: 'no such zone' },
    ],
  },
  {
    name: 'one-pod-only',
    steps: [
      {
        create: [
          node('a'),
          storageClass('s', 'Immediate'),
          volume('v', 's', { accessModes: ['ReadWriteOncePod'], ...ref('one-pod-only', 'c') }),
          claim('c', 's', { spec: { volumeName: 'v', accessModes: ['ReadWriteOncePod'] }, status: { phase: 'Bound' } }),
          pod('holder', { on: 'a', ...claimed('c') }),
          pod('waits', claimed('c')),
        ],
      },
      { look: 'held' },
      { remove: { kind: 'Pod', name: 'holder' } },
      { look: 'let go', quietMs: 2_500 },
    ],
  },
  {
    name: 'volume-limits',
    steps: [
      {
        create: [
          node('a'),
          {
            apiVersion: 'storage.k8s.io/v1',
            kind: 'CSINode',
            metadata: { name: 'a' },
            spec: { drivers: [{ name: 'csi.example.com', nodeID: 'a', topologyKeys: [], allocatable: { count: 1 } }] },
          } as never,
          storageClass('s', 'Immediate'),
          ...['1', '2'].flatMap((name) => [volume(`v${name}`, 's', ref('volume-limits', `c${name}`)), claim(`c${name}`, 's', boundTo(`v${name}`))]),
          pod('first', { on: 'a', ...claimed('c1') }),
        ],
      },
      { create: [pod('same-volume', claimed('c1')), pod('one-too-many', claimed('c2'))] },
      { look: 'limited' },
      { remove: { kind: 'Pod', name: 'same-volume' } },
      { remove: { kind: 'Pod', name: 'first' } },
      { look: 'room again', quietMs: 2_500 },
    ],
  },
  {
    name: 'ephemeral-volumes',
    steps: [
      { create: [node('a'), storageClass('s', 'Immediate')] },
      {
        create: [
          pod('own', {
            volumes: [
              {
                name: 'data',
                ephemeral: {
                  volumeClaimTemplate: { spec: { storageClassName: 's', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
                },
              },
            ],
          }),
        ],
      },
      { look: 'not made yet' },
      { create: [claim('own-data', 's')] },
      { look: 'made by somebody else', quietMs: 2_500 },
    ],
  },
  {
    name: 'disk-conflicts',
    steps: [
      {
        create: [
          node('a'),
          pod('holder', { on: 'a', volumes: [{ name: 'd', gcePersistentDisk: { pdName: 'disk' } }] }),
          pod('reader', { volumes: [{ name: 'd', gcePersistentDisk: { pdName: 'disk', readOnly: true } }] }),
        ],
      },
      { look: 'in use' },
    ],
  },
];
