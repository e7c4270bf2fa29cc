import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { componentAgent, managerName } from './manager-name.ts';

describe('the name of a field manager', () => {
  const rows: readonly (readonly [string, string | undefined, string])[] = [
    ['given', 'kubectl/v1', 'given'],
    ['', 'kubectl/v1.36.0 (linux/amd64) kubernetes/abc', 'kubectl'],
    ['', 'curl', 'curl'],
    ['', undefined, ''],
    ['', '/1.0', ''],
    ['', 'a\u0001b\u200bc/1', 'abc'],
    ['', `${'é'.repeat(100)}/1`, 'é'.repeat(64)],
  ];
  for (const [manager, agent, name] of rows)
    it(`is ${JSON.stringify(name)} for ${JSON.stringify([manager, agent])}`, () => assert.equal(managerName(manager, agent), name));

  it('is that of upstream for a component of this process', () => {
    const users = ['system:kube-controller-manager', 'system:serviceaccount:kube-system:job-controller', 'system:node:a', 'system:apiserver', 'someone'];
    assert.deepEqual(users.map(componentAgent), ['kube-controller-manager', 'kube-controller-manager', 'kubelet', 'kube-apiserver', 'someone']);
  });
});
