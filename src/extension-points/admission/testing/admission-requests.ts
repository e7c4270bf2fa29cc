import { deepFreeze, type UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { AdmissionRequest } from '../contract.ts';

type Given = Partial<Omit<AdmissionRequest, 'object' | 'oldObject'>> & { readonly object?: object; readonly oldObject?: object };

/** An admission request for tests: what is not given is taken from the objects, and the operation from which of them there are. */
export function admissionRequest(type: ResourceType, { object, oldObject, ...given }: Given): AdmissionRequest {
  const [current, old] = [object, oldObject].map((value) => deepFreeze(value) as UntypedObject | undefined);
  const { group, version, resource, kind } = type;
  const metadata = (current ?? old)?.metadata ?? {};
  return {
    uid: 'request-1',
    operation: !old ? 'CREATE' : current ? 'UPDATE' : 'DELETE',
    resource: { group, version, resource },
    kind: { group, version, kind },
    subresource: '',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    user: { name: 'ann', groups: ['system:authenticated'] },
    dryRun: false,
    ...(current ? { object: current } : {}),
    ...(old ? { oldObject: old } : {}),
    ...given,
  };
}
