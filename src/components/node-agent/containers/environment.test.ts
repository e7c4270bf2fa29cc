import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigMap, Container, Secret } from '../../../api/generated/core-v1.ts';
import { configmaps, secrets } from '../../../api/generated/resource-types.ts';
import { notFound } from '../../../api/status.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { type EnvironmentInput, makeEnvironment } from './environment.ts';

const configMap: ConfigMap = { metadata: { name: 'settings' }, data: { color: 'red', 'bad=name': 'x' } };
const secret: Secret = { metadata: { name: 'keys' }, data: { token: Buffer.from('s3cret').toString('base64') } };
const objects: EnvironmentInput['objects'] = {
  configMap: async (_namespace, name) => {
    if (name !== 'settings') throw notFound(configmaps, name);
    return configMap;
  },
  secret: async (_namespace, name) => {
    if (name !== 'keys') throw notFound(secrets, name);
    return secret;
  },
};

const environmentOf = async (container: Partial<Container>, input: Partial<EnvironmentInput> = {}): Promise<Record<string, string>> => {
  const own = testContainer('web', container);
  const variables = await makeEnvironment({
    pod: testPod({ containers: [own], serviceAccountName: 'robot' }, { labels: { app: 'shop' } }),
    container: own,
    objects,
    addresses: { hostIps: ['192.0.2.1'], podIps: ['10.0.0.5'] },
    allocatable: { cpu: '4', memory: '8Gi' },
    serviceVariables: new Map(),
    ...input,
  });
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
};

describe('the environment of a container', () => {
  const cases: { name: string; container: Partial<Container>; want: Record<string, string> }[] = [
    {
      name: 'expands references to what came before',
      container: {
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '$(A)-$(C)-$$(A)' },
        ],
      },
      want: { A: '1', B: '1-$(C)-$(A)' },
    },
    {
      name: 'reads fields of the pod',
      container: {
        env: [
          ['N', 'metadata.name'],
          ['U', 'metadata.uid'],
          ['L', "metadata.labels['app']"],
          ['IP', 'status.podIP'],
          ['H', 'status.hostIP'],
          ['SA', 'spec.serviceAccountName'],
        ].map(([name, fieldPath]) => ({ name: name!, valueFrom: { fieldRef: { fieldPath: fieldPath! } } })),
      },
      want: { N: 'pod', U: 'uid-1', L: 'shop', IP: '10.0.0.5', H: '192.0.2.1', SA: 'robot' },
    },
    {
      name: 'reads resources, rounded up',
      container: {
        resources: { limits: { cpu: '1500m' }, requests: { memory: '64Mi' } },
        env: [
          { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
          { name: 'MILLI', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
          { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } } },
        ],
      },
      want: { CPU: '2', MILLI: '1500', MEM: '64' },
    },
    {
      name: 'reads huge pages, in units of a divisor, and never those of the node',
      container: {
        resources: { limits: { 'hugepages-2Mi': '100Mi' }, requests: { 'hugepages-2Mi': '100Mi' } },
        env: [
          { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.hugepages-2Mi' } } },
          { name: 'REQUEST', valueFrom: { resourceFieldRef: { resource: 'requests.hugepages-2Mi', divisor: '1Mi' } } },
          { name: 'ROUNDED', valueFrom: { resourceFieldRef: { resource: 'limits.hugepages-2Mi', divisor: '1Gi' } } },
          { name: 'NONE', valueFrom: { resourceFieldRef: { resource: 'limits.hugepages-1Gi' } } },
        ],
      },
      want: { LIMIT: '104857600', REQUEST: '100', ROUNDED: '1', NONE: '0' },
    },
    {
      name: 'takes what the node can give for a missing limit',
      container: { env: [{ name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Gi' } } }] },
      want: { MEM: '8' },
    },
    {
      name: 'reads keys of ConfigMaps and Secrets',
      container: {
        env: [
          { name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
          { name: 'S', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
        ],
      },
      want: { C: 'red', S: 's3cret' },
    },
    {
      name: 'leaves out optional keys that are missing',
      container: {
        env: [
          { name: 'C', valueFrom: { configMapKeyRef: { name: 'none', key: 'x', optional: true } } },
          { name: 'S', valueFrom: { secretKeyRef: { name: 'keys', key: 'x', optional: true } } },
        ],
      },
      want: {},
    },
    {
      name: 'takes whole objects, with a prefix, below its own variables',
      container: { envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }], env: [{ name: 'token', value: 'mine' }] },
      want: { P_color: 'red', token: 'mine' },
    },
  ];
  for (const { name, container, want } of cases) it(name, async () => assert.deepEqual(await environmentOf(container), want));

  it('lets the pod override service variables, and refer to them', async () => {
    const serviceVariables = new Map([
      ['DB_SERVICE_HOST', '10.0.0.9'],
      ['OTHER', 'x'],
    ]);
    const want = { URL: 'tcp://10.0.0.9', OTHER: 'mine', DB_SERVICE_HOST: '10.0.0.9' };
    assert.deepEqual(
      await environmentOf(
        {
          env: [
            { name: 'URL', value: 'tcp://$(DB_SERVICE_HOST)' },
            { name: 'OTHER', value: 'mine' },
          ],
        },
        { serviceVariables },
      ),
      want,
    );
  });

  const refusals: { name: string; container: Partial<Container>; message: string }[] = [
    { name: 'a missing ConfigMap', container: { envFrom: [{ configMapRef: { name: 'none' } }] }, message: 'configmap "none" not found' },
    {
      name: 'a missing Secret',
      container: { env: [{ name: 'S', valueFrom: { secretKeyRef: { name: 'none', key: 'x' } } }] },
      message: 'secret "none" not found',
    },
    {
      name: 'a missing key',
      container: { env: [{ name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'shape' } } }] },
      message: "couldn't find key shape in ConfigMap default/settings",
    },
    {
      name: 'an unknown field',
      container: { env: [{ name: 'F', valueFrom: { fieldRef: { fieldPath: 'spec.nope' } } }] },
      message: 'unsupported fieldPath: spec.nope',
    },
  ];
  for (const { name, container, message } of refusals)
    it(`is refused for ${name}`, () => assert.rejects(environmentOf(container), { name: 'ContainerConfigError', message }));
});
