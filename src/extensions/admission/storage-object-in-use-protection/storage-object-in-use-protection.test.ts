import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configmaps, persistentvolumeclaims, persistentvolumes, volumeattributesclasses } from '../../../api/generated/resource-types.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { testClaim, testVolume } from '../../../extension-points/scheduling/volumes/testing.ts';
import { storageObjectInUseProtection as plugin } from './storage-object-in-use-protection.ts';

describe('a new object of storage', () => {
  const volumeClass = { metadata: { name: 'fast' }, driverName: 'disks' };
  const cases = [
    { name: 'is held as a volume', request: admissionRequest(persistentvolumes, { object: testVolume('v') }), want: ['kubernetes.io/pv-protection'] },
    { name: 'is held as a claim', request: admissionRequest(persistentvolumeclaims, { object: testClaim('c') }), want: ['kubernetes.io/pvc-protection'] },
    {
      name: 'is held as a class of attributes',
      request: admissionRequest(volumeattributesclasses, { object: volumeClass }),
      want: ['kubernetes.io/vac-protection'],
    },
    {
      name: 'is held beside what else holds it',
      request: admissionRequest(persistentvolumeclaims, { object: testClaim('c', {}, { finalizers: ['example.com/other'] }) }),
      want: ['example.com/other', 'kubernetes.io/pvc-protection'],
    },
    {
      name: 'is held once',
      request: admissionRequest(persistentvolumeclaims, { object: testClaim('c', {}, { finalizers: ['kubernetes.io/pvc-protection'] }) }),
      want: undefined,
    },
  ];
  for (const { name, request, want } of cases) {
    it(name, async () => {
      assert.equal(plugin.handles!(request), true);
      const outcome = await plugin.mutate!(request, new AbortController().signal);
      assert.deepEqual(outcome.kind === 'replace' ? outcome.object.metadata.finalizers : undefined, want);
    });
  }

  it('is nothing else', () => assert.equal(plugin.handles!(admissionRequest(configmaps, { object: { metadata: { name: 'x' } } })), false));
});

admissionConformance({
  name: 'storage-object-in-use-protection',
  create: () => plugin,
  samples: [admissionRequest(persistentvolumes, { object: testVolume('v') })],
});
