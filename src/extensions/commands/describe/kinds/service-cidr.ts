import type { ServiceCIDR } from '../../../../api/generated/networking-v1.ts';
import { servicecidrs } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { clusterIdentitySections, field } from '../sections.ts';
import { writeTimedConditions } from './timed-conditions.ts';

export const serviceCidrDescriber = defineDescriber<ServiceCIDR>({
  resources: [servicecidrs, { ...servicecidrs, version: 'v1beta1' }],
  sections: [
    ...clusterIdentitySections,
    field('CIDRs', ({ spec }) => (spec?.cidrs ?? []).join(', ')),
    (page, { status }) => {
      if (status?.conditions?.length) page.line(0, 'Status:');
      writeTimedConditions(page, status?.conditions);
    },
  ],
});
