import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod, Service } from '../../../api/generated/core-v1.ts';
import { parsePorts, podPorts, servicePorts } from './forwarded-ports.ts';
import { listenAddresses } from './listen.ts';

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: {
    containers: [
      {
        name: 'c',
        ports: [
          { name: 'web', containerPort: 80, protocol: 'TCP' },
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
        ],
      },
    ],
  },
};
const service = (clusterIP = '10.0.0.1'): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's' },
  spec: {
    clusterIP,
    ports: [
      { name: 'http', port: 8080, targetPort: 'web', protocol: 'TCP' },
      { name: 'plain', port: 9090, targetPort: 90 },
      { name: 'same', port: 7070 },
    ],
  },
});

describe('ports of a pod', () => {
  const cases: readonly [string, string][] = [
    ['80', '80'],
    ['web', '80'],
    ['8080:web', '8080:80'],
    [':web', ':80'],
    ['81:82', '81:82'],
  ];
  for (const [word, wanted] of cases) it(`takes ${word} for ${wanted}`, () => assert.deepEqual(podPorts([word], pod), [wanted]));
  it('refuses names that the pod has not', () => assert.throws(() => podPorts(['nope'], pod), { message: "Pod 'p' does not have a named port 'nope'" }));
  it('refuses UDP', () => assert.throws(() => podPorts(['53'], pod), { message: 'UDP protocol is not supported for 53' }));
  it('refuses nothing', () => assert.throws(() => podPorts(['80:'], pod), { message: 'remote port cannot be empty' }));
});

describe('ports of a service', () => {
  const cases: readonly [string, string][] = [
    ['8080', '8080:80'],
    ['http', '8080:80'],
    ['1:http', '1:80'],
    ['9090', '9090:90'],
    ['7070', '7070'],
    [':9090', ':90'],
  ];
  for (const [word, wanted] of cases) it(`takes ${word} for ${wanted}`, () => assert.deepEqual(servicePorts([word], service(), pod), [wanted]));
  it('are the pod’s own without a cluster IP', () => assert.deepEqual(servicePorts(['9090'], service('None'), pod), ['9090']));
  it('refuses a port that the service has not', () =>
    assert.throws(() => servicePorts(['1'], service(), pod), { message: 'Service s does not have a service port 1' }));
});

describe('ports to forward', () => {
  it('may be any here', () =>
    assert.deepEqual(parsePorts([':80', '0:81', '82']), [
      { local: 0, remote: 80 },
      { local: 0, remote: 81 },
      { local: 82, remote: 82 },
    ]));
  const refused: readonly [string, string][] = [
    ['a:b:c', "invalid port format 'a:b:c'"],
    ['x:80', `error parsing local port 'x': strconv.ParseUint: parsing "x": invalid syntax`],
    ['80:70000', `error parsing remote port '70000': strconv.ParseUint: parsing "70000": value out of range`],
    ['80:0', 'remote port must be > 0'],
  ];
  for (const [word, message] of refused) it(`refuses ${word}`, () => assert.throws(() => parsePorts([word]), { message }));
});

describe('addresses to listen on', () => {
  it('are two for localhost', () =>
    assert.deepEqual(
      listenAddresses(['localhost']).map(({ address }) => address),
      ['127.0.0.1', '::1'],
    ));
  it('are IP addresses', () => assert.throws(() => listenAddresses(['example.com']), { message: 'example.com is not a valid IP' }));
});
