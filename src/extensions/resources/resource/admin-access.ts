import type { DeviceClaim } from '../../../api/generated/resource-v1.ts';
import { fieldError, invalid } from '../../../api/status.ts';
import type { ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';

const label = 'resource.kubernetes.io/admin-access';

interface AdminRequest {
  readonly claim: Loose<DeviceClaim> | undefined;
  readonly path: string;
  readonly kind: string;
}

/** Only namespaces that an administrator has labelled may ask for devices that are in use. Throws a 422. */
export function refuseAdminAccess({ claim, path, kind }: AdminRequest, context: WriteContext, services: ResourceServices): void {
  const indexes = (claim?.requests ?? []).flatMap(({ exactly }, index) => (exactly?.adminAccess ? [index] : []));
  if (indexes.length === 0) return;
  const namespace = services.get({ group: '', resource: 'namespaces' }, { name: context.key.namespace ?? '' });
  if (namespace?.metadata.labels?.[label] === 'true') return;
  const detail = `admin access to devices requires the \`${label}: true\` label on the containing namespace`;
  throw invalid(
    { group: 'resource.k8s.io', kind },
    context.key.name,
    indexes.map((index) => fieldError.forbidden(`${path}.requests[${index}].exactly.adminAccess`, detail)),
  );
}
