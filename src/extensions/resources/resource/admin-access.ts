import type { AllocationResult, DeviceClaim } from '../../../api/generated/resource-v1.ts';
import { type FieldError, fieldError, invalid } from '../../../api/status.ts';
import type { ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';

const label = 'resource.kubernetes.io/admin-access';

interface AdminRequest {
  readonly claim: Loose<DeviceClaim> | undefined;
  readonly kind: string;
}

/** Only namespaces that an administrator has labelled may ask for devices that are in use. Throws a 422 that names the first such request, by upstream's path. */
export function refuseAdminAccess({ claim, kind }: AdminRequest, context: WriteContext, services: ResourceServices): void {
  const index = (claim?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess);
  const errors = index < 0 ? [] : adminAccessErrors(`spec.devices.requests[${index}].adminAccess`, context, services);
  if (errors.length > 0) throw invalid({ group: 'resource.k8s.io', kind }, context.key.name, errors);
}

/** The same for an allocation that is new: one that is there does not change. */
export function adminAllocationErrors(
  allocation: Loose<AllocationResult> | undefined,
  old: Loose<AllocationResult> | undefined,
  context: WriteContext,
  services: ResourceServices,
): FieldError[] {
  if (old?.devices?.results?.some(({ adminAccess }) => adminAccess)) return [];
  const index = (allocation?.devices?.results ?? []).findIndex(({ adminAccess }) => adminAccess);
  return index < 0 ? [] : adminAccessErrors(`status.allocation.devices.results[${index}].adminAccess`, context, services);
}

function adminAccessErrors(path: string, context: WriteContext, services: ResourceServices): FieldError[] {
  const namespace = services.get({ group: '', resource: 'namespaces' }, { name: context.key.namespace ?? '' });
  if (namespace?.metadata.labels?.[label] === 'true') return [];
  return [fieldError.forbidden(path, `admin access to devices requires the \`${label}: true\` label on the containing namespace`)];
}
