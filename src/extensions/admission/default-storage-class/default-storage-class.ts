import type { PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { storageclasses } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type AdmissionPlugin, allow } from '../../../extension-points/admission/contract.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import { defaultStorageClass, namesClass } from '../../../extension-points/scheduling/volumes/storage-class.ts';

/** Gives a new claim that names no storage class the default one, if there is one. An empty name is a name: that of no class. */
export function createDefaultStorageClass({ lookup }: { readonly lookup: ObjectLookup }): AdmissionPlugin {
  return {
    handles: ({ resource, subresource, operation }) =>
      resource.group === '' && resource.resource === 'persistentvolumeclaims' && subresource === '' && operation === 'CREATE',
    mutate({ object }) {
      const claim = object as unknown as PersistentVolumeClaim;
      const storageClassName = claim.spec && !namesClass(claim) ? defaultStorageClass(lookup.list(storageclasses))?.metadata.name : undefined;
      if (storageClassName === undefined) return allow;
      return { kind: 'replace', object: { ...claim, spec: { ...claim.spec, storageClassName } } as unknown as UntypedObject };
    },
  };
}
