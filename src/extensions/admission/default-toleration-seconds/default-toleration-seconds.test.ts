import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Toleration } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { createDefaultTolerationSeconds } from './default-toleration-seconds.ts';

const plugin = createDefaultTolerationSeconds();
const request = (tolerations: Toleration[]) => admissionRequest(pods, { object: { metadata: { name: 'web' }, spec: { containers: [], tolerations } } });
const toleration = (what: string, tolerationSeconds = 300): Toleration => ({
  key: `node.kubernetes.io/${what}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds,
});

describe('a pod', () => {
  const cases: { name: string; own: Toleration[]; want: Toleration[] | undefined }[] = [
    { name: 'stays five minutes on a node that fails', own: [], want: [toleration('not-ready'), toleration('unreachable')] },
    { name: 'may say how long', own: [toleration('not-ready', 5)], want: [toleration('not-ready', 5), toleration('unreachable')] },
    {
      name: 'may speak of every effect',
      own: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
      want: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }, toleration('unreachable')],
    },
    {
      name: 'that tolerates another effect is not spared',
      own: [{ ...toleration('unreachable'), effect: 'NoSchedule' }],
      want: [{ ...toleration('unreachable'), effect: 'NoSchedule' }, toleration('not-ready'), toleration('unreachable')],
    },
    { name: 'that tolerates everything is left alone', own: [{ operator: 'Exists' }], want: undefined },
  ];
  for (const { name, own, want } of cases) {
    it(name, async () => {
      const outcome = await plugin.mutate!(request(own), new AbortController().signal);
      assert.deepEqual(outcome.kind === 'replace' ? (outcome.object['spec'] as { tolerations: Toleration[] }).tolerations : undefined, want);
    });
  }
});

admissionConformance({ name: 'default-toleration-seconds', create: () => plugin, samples: [request([])] });
