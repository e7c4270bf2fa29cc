import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import type { Machinery, Target } from '../operations/context.ts';
import { serviceEndpoint } from './proxy-target.ts';

const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { ports: [{ port: 80 }] } };
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  status: { podIP: '10.1.0.5', podIPs: [{ ip: '10.1.0.5' }, { ip: 'fd00::5' }] },
};
const loopbackPod = { ...pod, metadata: { name: 'l', namespace: 'default' }, status: { podIP: '127.0.0.1' } };
const reference = (name: string, namespace = 'default'): object => ({ kind: 'Pod', name, namespace });

const found = (objects: Record<string, UntypedObject[]>): { machinery: Machinery; target: Target } => {
  const stored = (object: UntypedObject): object => ({ object, bytes: Buffer.from(JSON.stringify(object)), revision: 1 });
  const collection = (prefix: string): object => ({
    get: ({ name }: { name: string }) => objects[prefix]?.filter((object) => object.metadata.name === name).map(stored)[0],
    list: () => ({ items: (objects[prefix] ?? []).map(stored) }),
  });
  const served = {
    prefix: 'services',
    group: '',
    resource: 'services',
    definition: {},
    fromStorage: (object: UntypedObject) => object,
    isStoredForm: () => true,
  };
  return {
    machinery: { store: { collection } } as unknown as Machinery,
    target: { served, namespace: 'default', name: 'web', subresource: 'proxy' } as unknown as Target,
  };
};

const slice = (endpoint: object, addressType = 'IPv4'): UntypedObject =>
  ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType,
    ports: [{ name: '', port: 8080 }],
    endpoints: [endpoint],
  }) as unknown as UntypedObject;

const cases = [
  { name: 'an address of a pod', endpoint: { addresses: ['10.1.0.5'], targetRef: reference('p') }, host: '10.1.0.5' },
  { name: 'the second address of a pod', endpoint: { addresses: ['fd00::5'], targetRef: reference('p') }, host: 'fd00::5' },
  { name: 'a host name', endpoint: { addresses: ['localhost'] }, host: undefined },
  { name: 'an address that names no pod', endpoint: { addresses: ['10.9.9.9'] }, host: undefined },
  { name: 'an address that the named pod does not have', endpoint: { addresses: ['10.9.9.9'], targetRef: reference('p') }, host: undefined },
  { name: 'a pod of another namespace', endpoint: { addresses: ['10.1.0.5'], targetRef: reference('p', 'other') }, host: undefined },
  { name: 'a pod that says it is this machine', endpoint: { addresses: ['127.0.0.1'], targetRef: reference('l') }, host: undefined },
];

describe('the target of a service proxy', () => {
  for (const { name, endpoint, host } of cases) {
    it(`${host === undefined ? 'is never' : 'may be'} ${name}`, async () => {
      const { machinery, target } = found({
        services: [service as never],
        pods: [pod, loopbackPod] as never,
        'endpointslices.discovery.k8s.io': [slice(endpoint)],
      });
      if (host === undefined) await assert.rejects(serviceEndpoint(machinery, target), { code: 503, message: 'no endpoints available for service "web"' });
      else assert.deepEqual(await serviceEndpoint(machinery, target), { scheme: 'http', host, port: 8080 });
    });

    it(`${host === undefined ? 'is never' : 'may be'} ${name} of hand-written endpoints`, async () => {
      const { addresses, targetRef } = endpoint as { addresses: string[]; targetRef?: object };
      const endpoints = {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: 'web', namespace: 'default' },
        subsets: [{ addresses: [{ ip: addresses[0], targetRef }], ports: [{ port: 8080 }] }],
      };
      const { machinery, target } = found({ services: [service as never], pods: [pod, loopbackPod] as never, endpoints: [endpoints as never] });
      if (host === undefined) await assert.rejects(serviceEndpoint(machinery, target), { code: 503 });
      else assert.equal((await serviceEndpoint(machinery, target)).host, host);
    });
  }
});
