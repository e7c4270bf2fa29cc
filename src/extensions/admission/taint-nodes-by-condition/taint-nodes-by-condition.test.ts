import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Taint } from '../../../api/generated/core-v1.ts';
import { nodes } from '../../../api/generated/resource-types.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

const notReady: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
const other: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' };
const request = (taints?: Taint[]) => admissionRequest(nodes, { object: { metadata: { name: 'one' }, spec: taints ? { taints } : {} } });

describe('a new node', () => {
  const cases: { name: string; taints?: Taint[]; want: Taint[] | undefined }[] = [
    { name: 'is tainted as not ready', want: [notReady] },
    { name: 'keeps its own taints', taints: [other], want: [other, notReady] },
    { name: 'is left alone when it is tainted already', taints: [notReady], want: undefined },
  ];
  for (const { name, taints, want } of cases) {
    it(name, async () => {
      const outcome = await taintNodesByCondition.mutate!(request(taints), new AbortController().signal);
      assert.deepEqual(outcome.kind === 'replace' ? (outcome.object['spec'] as { taints: Taint[] }).taints : undefined, want);
    });
  }
  it('is the only thing that is handled', () => {
    assert.equal(taintNodesByCondition.handles!({ ...request(), operation: 'UPDATE' }), false);
    assert.equal(taintNodesByCondition.handles!({ ...request(), subresource: 'status' }), false);
  });
});

admissionConformance({ name: 'taint-nodes-by-condition', create: () => taintNodesByCondition, samples: [request()] });
