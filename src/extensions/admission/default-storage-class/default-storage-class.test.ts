import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, storageclasses } from '../../../api/generated/resource-types.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { testClaim, testClass } from '../../../extension-points/scheduling/volumes/testing.ts';
import { createDefaultStorageClass } from './default-storage-class.ts';

const defaultClass = (name: string, createdAt: string, mark = 'storageclass.kubernetes.io/is-default-class', value = 'true') =>
  testClass(name, { metadata: { name, creationTimestamp: createdAt, annotations: { [mark]: value } } });
const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'] as const;

describe('a new claim', () => {
  const cases: { name: string; classes: Parameters<MemoryLookup['put']>[1][]; claim?: PersistentVolumeClaim; want: string | undefined }[] = [
    { name: 'gets the default class', classes: [testClass('x'), defaultClass('y', early)], want: 'y' },
    { name: 'gets a class that is marked the old way', classes: [defaultClass('y', early, 'storageclass.beta.kubernetes.io/is-default-class')], want: 'y' },
    { name: 'gets none when none is the default', classes: [testClass('x'), defaultClass('y', early, undefined, 'false')], want: undefined },
    { name: 'gets the newest of several', classes: [defaultClass('x', early), defaultClass('y', late)], want: 'y' },
    { name: 'gets the first of several as new', classes: [defaultClass('y', late), defaultClass('x', late)], want: 'x' },
    { name: 'keeps the class it names', classes: [defaultClass('y', early)], claim: testClaim('c', { storageClassName: 'x' }), want: undefined },
    { name: 'keeps to no class when it says so', classes: [defaultClass('y', early)], claim: testClaim('c', { storageClassName: '' }), want: undefined },
    {
      name: 'keeps the class of its annotation',
      classes: [defaultClass('y', early)],
      claim: testClaim('c', {}, { annotations: { 'volume.beta.kubernetes.io/storage-class': 'x' } }),
      want: undefined,
    },
  ];
  for (const { name, classes, claim = testClaim('c'), want } of cases) {
    it(name, async () => {
      const plugin = createDefaultStorageClass({ lookup: new MemoryLookup().put(storageclasses, ...(classes as ReturnType<typeof testClass>[])) });
      const outcome = await plugin.mutate!(admissionRequest(persistentvolumeclaims, { object: claim }), new AbortController().signal);
      assert.equal(outcome.kind === 'replace' ? (outcome.object['spec'] as { storageClassName: string }).storageClassName : undefined, want);
    });
  }
});

admissionConformance({
  name: 'default-storage-class',
  create: () => createDefaultStorageClass({ lookup: new MemoryLookup().put(storageclasses, defaultClass('x', early)) }),
  samples: [admissionRequest(persistentvolumeclaims, { object: testClaim('c') })],
});
