import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check } from '../compile.ts';
import { kubernetesEnvironment, kubernetesLibraries } from './environment.ts';

const names = (minor?: number): string[] => kubernetesLibraries(minor).map(({ name }) => name);

describe('the environment of Kubernetes', () => {
  it('is made once', () => assert.equal(kubernetesEnvironment(), kubernetesEnvironment()));

  it('grows with the versions', () => {
    assert.deepEqual(names(26), ['kubernetes.urls', 'kubernetes.regex', 'kubernetes.lists']);
    assert.ok(!names(29).includes('kubernetes.net.ip') && names(30).includes('kubernetes.net.ip'));
    assert.deepEqual(names(), names(35));
  });

  for (const expression of [
    'cel.bind(x, 1, x)',
    'math.greatest(1, 2)',
    "base64.encode(b'a')",
    "jsonpatch.escapeKey('a')",
    "'abc'.reverse()",
    'kubernetes.Quantity',
  ]) {
    it(`has no ${expression}`, () => assert.equal(check(expression, kubernetesEnvironment()).kind, 'rejected'));
  }

  it('wants literals of one type, but for the values of format', () => {
    assert.equal(check("[1, 'a']", kubernetesEnvironment()).kind, 'rejected');
    assert.equal(check("'%d %s'.format([1, 'a'])", kubernetesEnvironment()).kind, 'checked');
  });
});
