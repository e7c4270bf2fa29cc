import { serviceaccounts } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { ResourceDefinition, ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';

/** Mints a token: the service `token-request`. `draft` is the TokenRequest; the answer is the same with its status filled in. */
export type TokenRequester = (serviceAccount: UntypedObject, draft: UntypedObject, context: WriteContext, services: ResourceServices) => Promise<UntypedObject>;

/** core/v1 `serviceaccounts`. */
export function serviceAccountDefinition(): ResourceDefinition {
  return defineBuiltIn(serviceaccounts, {
    columns: [nameColumn, ageColumn],
    subresources: {
      token: {
        kind: 'create',
        bodyKind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
        create: (parent, draft, context, services) => services.service<TokenRequester>('token-request')(parent, draft, context, services),
      },
    },
  });
}
