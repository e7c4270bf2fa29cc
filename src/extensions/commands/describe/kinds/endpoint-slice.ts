import type { Endpoint, EndpointSlice } from '../../../../api/generated/discovery-v1.ts';
import { endpointslices } from '../../../../api/generated/resource-types.ts';
import { defineDescriber, type Section } from '../contract.ts';
import type { Page } from '../page/page.ts';
import { orNone, orUnset } from '../page/texts.ts';
import { field, identitySections } from '../sections.ts';

const portsSection: Section<EndpointSlice> = (page, { ports = [] }) => {
  if (ports.length === 0) return page.line(0, 'Ports: <unset>');
  page.line(0, 'Ports:');
  page.line(1, 'Name', 'Port', 'Protocol');
  page.line(1, '----', '----', '--------');
  for (const { name, port, protocol = '' } of ports) page.line(1, name || '<unset>', orUnset(port), protocol);
};

export const endpointSliceDescriber = defineDescriber<EndpointSlice>({
  resources: [endpointslices],
  sections: [
    ...identitySections,
    field('AddressType', ({ addressType }) => addressType),
    portsSection,
    (page, { endpoints = [] }) => {
      page.line(0, endpoints.length === 0 ? 'Endpoints: <none>' : 'Endpoints:');
      for (const endpoint of endpoints) writeEndpoint(page, endpoint);
    },
  ],
});

function writeEndpoint(page: Page, { addresses, conditions, hostname, targetRef, nodeName, zone }: Endpoint): void {
  page.line(1, '- Addresses:', orNone((addresses ?? []).join(', ')));
  page.line(2, 'Conditions:');
  page.field(3, 'Ready', conditions?.ready ?? '<unset>');
  page.field(2, 'Hostname', orUnset(hostname));
  if (targetRef) page.field(2, 'TargetRef', `${targetRef.kind ?? ''}/${targetRef.name ?? ''}`);
  page.field(2, 'NodeName', orUnset(nodeName));
  page.field(2, 'Zone', orUnset(zone));
}
