import { type AdmissionPlugin, allow } from '../../../extension-points/admission/contract.ts';

/** The finalizer of each kind, by `resource.group`. Controllers take it away when the object is deleted and nobody uses it. */
const finalizers: Readonly<Record<string, string>> = {
  'persistentvolumes.': 'kubernetes.io/pv-protection',
  'persistentvolumeclaims.': 'kubernetes.io/pvc-protection',
  'volumeattributesclasses.storage.k8s.io': 'kubernetes.io/vac-protection',
};

/** Protects new volumes, claims and volume attributes classes from going while they are in use. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  handles: ({ resource, subresource, operation }) => operation === 'CREATE' && subresource === '' && finalizerOf(resource) !== undefined,
  mutate({ resource, object }) {
    const finalizer = finalizerOf(resource);
    const present = object?.metadata.finalizers ?? [];
    if (!object || finalizer === undefined || present.includes(finalizer)) return allow;
    return { kind: 'replace', object: { ...object, metadata: { ...object.metadata, finalizers: [...present, finalizer] } } };
  },
};

const finalizerOf = ({ group, resource }: { readonly group: string; readonly resource: string }): string | undefined => finalizers[`${resource}.${group}`];
