import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Service } from '../../../api/generated/core-v1.ts';
import { testPod } from '../testing/pods.ts';
import { serviceVariables } from './service-environment.ts';

const service = (namespace: string, name: string, clusterIP: string): Service => ({
  metadata: { namespace, name },
  spec: { clusterIP, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
});
const services = [
  service('default', 'my-db', '10.96.0.9'),
  service('default', 'headless', 'None'),
  service('other', 'far', '10.96.0.8'),
  service('default', 'kubernetes', '10.96.0.1'),
];
const names = (variables: ReadonlyMap<string, string>): string[] => [...variables.keys()].filter((name) => name.endsWith('_SERVICE_HOST')).sort();

it('names services of the own namespace and the API server', () => {
  assert.deepEqual(names(serviceVariables(testPod(), services, undefined)), ['KUBERNETES_SERVICE_HOST', 'MY_DB_SERVICE_HOST']);
});

it('names the API server even without service links', () => {
  assert.deepEqual(names(serviceVariables(testPod({ enableServiceLinks: false }, { namespace: 'other' }), services, undefined)), ['KUBERNETES_SERVICE_HOST']);
});

it('has all forms of a service', () => {
  const variables = Object.fromEntries([...serviceVariables(testPod(), [services[0]!], undefined)]);
  assert.deepEqual(variables, {
    MY_DB_SERVICE_HOST: '10.96.0.9',
    MY_DB_SERVICE_PORT: '80',
    MY_DB_SERVICE_PORT_HTTP: '80',
    MY_DB_PORT: 'tcp://10.96.0.9:80',
    MY_DB_PORT_80_TCP: 'tcp://10.96.0.9:80',
    MY_DB_PORT_80_TCP_PROTO: 'tcp',
    MY_DB_PORT_80_TCP_PORT: '80',
    MY_DB_PORT_80_TCP_ADDR: '10.96.0.9',
  });
});

it('takes the address for pods over that of the service', () => {
  const variables = serviceVariables(testPod(), services, { host: '10.1.2.3', port: 6443 });
  assert.deepEqual(
    [variables.get('KUBERNETES_SERVICE_HOST'), variables.get('KUBERNETES_SERVICE_PORT'), variables.get('KUBERNETES_SERVICE_PORT_HTTPS')],
    ['10.1.2.3', '6443', '6443'],
  );
});
