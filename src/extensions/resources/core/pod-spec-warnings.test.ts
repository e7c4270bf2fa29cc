import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { podSpecWarnings } from './pod-spec-warnings.ts';

type Spec = Parameters<typeof podSpecWarnings>[0];

const cases: readonly { name: string; spec: Spec; warnings: string[] }[] = [
  {
    name: 'nothing unusual',
    spec: { containers: [{ env: [{ name: 'a' }, { name: 'b' }], ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] }] },
    warnings: [],
  },
  {
    name: 'old labels of nodes',
    spec: { nodeSelector: { 'beta.kubernetes.io/os': 'linux', constructor: 'x' } },
    warnings: ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
  },
  { name: 'pull secrets without a name', spec: { imagePullSecrets: [{ name: '' }] }, warnings: ['spec.imagePullSecrets[0].name: invalid empty name ""'] },
  {
    name: 'a port twice',
    spec: { containers: [{ ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] }] },
    warnings: ['spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]'],
  },
  {
    name: 'a variable twice',
    spec: { initContainers: [{ env: [{ name: 'a' }, { name: 'a' }] }] },
    warnings: ['spec.initContainers[0].env[1]: hides previous definition of "a", which may be dropped when using apply'],
  },
  {
    name: 'a negative grace period',
    spec: { terminationGracePeriodSeconds: -1 },
    warnings: ['spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1'],
  },
];

describe('warnings about pods', () => {
  for (const { name, spec, warnings } of cases) it(`know ${name}`, () => assert.deepEqual(podSpecWarnings(spec, 'spec'), warnings));
});
