import type { EndpointAddress, Endpoints } from '../../../../api/generated/core-v1.ts';
import { endpoints } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { orNone } from '../page/texts.ts';
import { identitySections } from '../sections.ts';

const addressesText = (addresses: readonly EndpointAddress[] = []): string => orNone(addresses.map(({ ip }) => ip).join(','));

export const endpointsDescriber = defineDescriber<Endpoints>({
  resources: [endpoints],
  sections: [
    ...identitySections,
    (page, { subsets = [] }) => {
      page.line(0, 'Subsets:');
      for (const { addresses, notReadyAddresses, ports = [] } of subsets) {
        page.field(1, 'Addresses', addressesText(addresses));
        page.field(1, 'NotReadyAddresses', addressesText(notReadyAddresses));
        if (ports.length > 0) {
          page.line(1, 'Ports:');
          page.line(2, 'Name', 'Port', 'Protocol');
          page.line(2, '----', '----', '--------');
          for (const { name, port, protocol = '' } of ports) page.line(2, name || '<unset>', port, protocol);
        }
        page.line(0, '');
      }
    },
  ],
});
