import { namespaces } from '../../../api/generated/resource-types.ts';
import { ApiError, forbidden, notFound } from '../../../api/status.ts';
import { type AdmissionPlugin, type AdmissionRequest, allow, type Denied } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';

const immortalNamespaces: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is created in a namespace that is missing or going away, and the namespaces a cluster cannot be without stay. */
export function createNamespaceLifecycle({ lookup }: { readonly lookup: ObjectLookup }): AdmissionPlugin {
  const judge = (request: AdmissionRequest) => {
    const { namespace, operation } = request;
    if (isNamespace(request)) return operation === 'DELETE' && immortalNamespaces.has(request.name) ? immortal(request) : allow;
    if (namespace === '' || operation === 'DELETE' || operation === 'CONNECT' || isAccessReview(request)) return allow;
    const found = lookup.get(namespaces, { name: namespace });
    if (!found) return { kind: 'deny' as const, error: notFound(namespaces, namespace) };
    // Updates are let through: what is going away must still be able to say so.
    return operation === 'CREATE' && found.status?.phase === 'Terminating' ? terminating(request) : allow;
  };
  // Judged before anything else mutates, so that nobody defaults or looks up for a write that cannot be; upstream's plugin is a mutating one too.
  return { mutate: judge };
}

const isNamespace = ({ resource, subresource }: AdmissionRequest): boolean => resource.group === '' && resource.resource === 'namespaces' && subresource === '';

/** Whether someone may act in a namespace can be asked before there is one. */
const isAccessReview = ({ resource }: AdmissionRequest): boolean =>
  resource.group === 'authorization.k8s.io' && resource.resource === 'localsubjectaccessreviews';

const immortal = (request: AdmissionRequest): Denied => ({
  kind: 'deny',
  error: forbidden(request.resource, request.name, 'this namespace may not be deleted'),
});

function terminating(request: AdmissionRequest): Denied {
  const { namespace } = request;
  const { error } = forbidRequest(request, `unable to create new content in namespace ${namespace} because it is being terminated`);
  const causes = [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }];
  return { kind: 'deny', error: new ApiError(403, 'Forbidden', error.message, { details: { ...error.details, causes } }) };
}
