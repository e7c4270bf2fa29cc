import type { KubernetesObject } from '../../../../src/api/object.ts';
import type { Trace } from '../trace.ts';
import { node, pod } from './objects.ts';

const claim = (name: string, { spec, status }: { spec?: object; status?: object } = {}) =>
  ({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: { name },
    spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'absent', allocationMode: 'ExactCount', count: 1 } }], ...spec } },
    ...(status ? { status } : {}),
  }) as KubernetesObject;
const deviceClass = (name: string) => ({ apiVersion: 'resource.k8s.io/v1', kind: 'DeviceClass', metadata: { name }, spec: {} }) as KubernetesObject;
const using = (resourceClaimName: string) => ({ resourceClaims: [{ name: 'device', resourceClaimName }] });

/** Devices that pods claim, where no driver has any. */
export const claims: readonly Trace[] = [
  {
    name: 'missing-claims',
    steps: [
      { create: [node('a')] },
      { create: [pod('of-none', using('none')), pod('of-template', { resourceClaims: [{ name: 'device', resourceClaimTemplateName: 't' }] })] },
      { look: 'missing' },
      { create: [claim('none')] },
      { look: 'without its class', quietMs: 2_500 },
      { create: [deviceClass('absent')] },
      { look: 'with its class', quietMs: 2_500 },
      { remove: { kind: 'ResourceClaim', name: 'none' } },
      { create: [pod('later', using('none'))] },
      { look: 'gone again', quietMs: 1_000 },
    ],
  },
  {
    name: 'no-devices',
    steps: [
      {
        create: [
          node('a'),
          node('b'),
          deviceClass('plain'),
          claim('c', { spec: { requests: [{ name: 'r', exactly: { deviceClassName: 'plain', allocationMode: 'ExactCount', count: 1 } }] } }),
        ],
      },
      { create: [pod('waits', using('c'))] },
      { look: 'nothing to allocate' },
    ],
  },
];
