import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fullLabelName, labelProblem } from './label-names.ts';

describe('names of labels', () => {
  const cases: readonly { name: string; value?: unknown; problem?: RegExp }[] = [
    { name: 'cpu-cpuid.AVX' },
    { name: 'feature.node.kubernetes.io/pci-0302_10de.present' },
    { name: 'vendor.feature.node.kubernetes.io/x' },
    { name: 'profile.node.kubernetes.io/x' },
    { name: 'vendor.profile.node.kubernetes.io/x' },
    { name: 'nvidia.com/gpu.product', value: 'NVIDIA-H100-80GB-HBM3' },
    { name: 'beta.amd.com/gpu.vram.16G', value: '1' },
    { name: 'example.com/empty', value: '' },
    { name: 'kubernetes.io/hostname', problem: /^namespace "kubernetes.io" is not allowed$/ },
    { name: 'node.kubernetes.io/instance-type', problem: /^namespace "node.kubernetes.io" is not allowed$/ },
    { name: 'topology.kubernetes.io/zone', problem: /not allowed/ },
    { name: 'a.node-restriction.kubernetes.io/x', problem: /not allowed/ },
    { name: 'notfeature.node.kubernetes.io/x', problem: /not allowed/ },
    { name: 'k8s.io/x', problem: /not allowed/ },
    { name: 'example.k8s.io/x', problem: /not allowed/ },
    { name: 'notk8s.io/x' },
    { name: '', problem: /name part must be non-empty/ },
    { name: '/x', problem: /prefix part must be non-empty/ },
    { name: 'a/b/c', problem: /a valid label key/ },
    { name: 'Example.com/x', problem: /prefix part a lowercase RFC 1123 subdomain/ },
    { name: 'example.com/-x', problem: /name part must consist of alphanumeric/ },
    { name: `example.com/${'x'.repeat(64)}`, problem: /name part must be no more than 63 bytes/ },
    { name: '__proto__', problem: /name part/ },
    { name: 'example.com/x', value: 'a b', problem: /a valid label must be an empty string/ },
    { name: 'example.com/x', value: 'x'.repeat(64), problem: /must be no more than 63 bytes/ },
    { name: 'example.com/x', value: 7, problem: /^its value is not a text$/ },
  ];
  for (const { name, value = 'true', problem } of cases)
    it(`${problem ? 'refuse' : 'allow'} ${JSON.stringify(name.slice(0, 80))} with ${JSON.stringify(value)}`, () => {
      const found = labelProblem(name, value);
      if (problem) assert.match(found ?? '', problem);
      else assert.equal(found, undefined);
    });

  it('get the domain of features where they have none', () => {
    assert.equal(fullLabelName('memory-numa'), 'feature.node.kubernetes.io/memory-numa');
    assert.equal(fullLabelName('example.com/x'), 'example.com/x');
  });
});
