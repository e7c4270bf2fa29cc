import type { IPAddress } from '../../../../api/generated/networking-v1.ts';
import { ipaddresses } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { clusterIdentitySections } from '../sections.ts';

export const ipAddressDescriber = defineDescriber<IPAddress>({
  resources: [ipaddresses, { ...ipaddresses, version: 'v1beta1' }],
  sections: [
    ...clusterIdentitySections,
    (page, { spec }) => {
      if (!spec?.parentRef) return;
      const { group = '', resource, namespace = '', name } = spec.parentRef;
      page.line(0, 'Parent Reference:');
      page.field(1, 'Group', group);
      page.field(1, 'Resource', resource);
      page.field(1, 'Namespace', namespace);
      page.field(1, 'Name', name);
    },
  ],
});
