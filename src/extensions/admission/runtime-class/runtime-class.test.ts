import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodSpec } from '../../../api/generated/core-v1.ts';
import { pods, runtimeclasses } from '../../../api/generated/resource-types.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { createRuntimeClass } from './runtime-class.ts';

const signal = new AbortController().signal;
const overhead = { cpu: '250m' };
const own = { key: 'own', operator: 'Exists' as const };
const shared = { key: 'vm', operator: 'Exists' as const };
const lookup = new MemoryLookup()
  .put(runtimeclasses, {
    metadata: { name: 'vm' },
    handler: 'vm',
    overhead: { podFixed: overhead },
    scheduling: { nodeSelector: { vm: 'true' }, tolerations: [shared] },
  })
  .put(runtimeclasses, { metadata: { name: 'plain' }, handler: 'plain' });
const plugin = createRuntimeClass({ lookup });
const request = (spec: Partial<PodSpec>) =>
  admissionRequest(pods, { object: { metadata: { name: 'web', namespace: 'default' }, spec: { containers: [], ...spec } } });

describe('a pod with a runtime class', () => {
  const cases: { name: string; spec: Partial<PodSpec>; want: Partial<PodSpec> | string }[] = [
    {
      name: 'gets its overhead and where it runs',
      spec: { runtimeClassName: 'vm', nodeSelector: { own: 'x' }, tolerations: [own] },
      want: { overhead, nodeSelector: { own: 'x', vm: 'true' }, tolerations: [own, shared] },
    },
    { name: 'gets no toleration twice', spec: { runtimeClassName: 'vm', tolerations: [shared] }, want: { tolerations: [shared] } },
    { name: 'needs a class that exists', spec: { runtimeClassName: 'none' }, want: 'pods "web" is forbidden: pod rejected: RuntimeClass "none" not found' },
    {
      name: 'may not have another overhead',
      spec: { runtimeClassName: 'vm', overhead: { cpu: '1' } },
      want: "pods \"web\" is forbidden: pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    },
    {
      name: 'may not ask for other nodes',
      spec: { runtimeClassName: 'vm', nodeSelector: { vm: 'no' } },
      want: 'pods "web" is forbidden: pod rejected: conflict: runtimeClass.scheduling.nodeSelector[vm] = true; pod.spec.nodeSelector[vm] = no',
    },
    { name: 'that says nothing is left as it is', spec: { runtimeClassName: 'plain' }, want: { runtimeClassName: 'plain' } },
  ];
  for (const { name, spec, want } of cases) {
    it(name, async () => {
      const outcome = await plugin.mutate!(request(spec), signal);
      if (typeof want === 'string') return assert.equal(outcome.kind === 'deny' && outcome.error.message, want);
      assert.equal(outcome.kind, 'replace');
      const changed = (outcome as unknown as { object: { spec: PodSpec } }).object.spec;
      for (const [field, value] of Object.entries(want)) assert.deepEqual(changed[field as keyof PodSpec], value);
    });
  }
});

describe('the overhead of a pod', () => {
  const without = 'pods "web" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';
  const cases: { name: string; spec: Partial<PodSpec>; want: string }[] = [
    { name: "is its class's", spec: { runtimeClassName: 'vm', overhead }, want: 'allow' },
    {
      name: 'may not be missing in the end',
      spec: { runtimeClassName: 'vm' },
      want: "pods \"web\" is forbidden: pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    },
    { name: 'needs a class', spec: { overhead }, want: without },
    { name: 'needs a class that has one', spec: { runtimeClassName: 'plain', overhead }, want: without },
    { name: 'may be none', spec: {}, want: 'allow' },
  ];
  for (const { name, spec, want } of cases) {
    it(name, async () => {
      const outcome = await plugin.validate!(request(spec), signal);
      assert.equal(outcome.kind === 'deny' ? outcome.error.message : outcome.kind, want);
    });
  }
});

admissionConformance({ name: 'runtime-class', create: () => plugin, samples: [request({ runtimeClassName: 'vm' }), request({})] });
