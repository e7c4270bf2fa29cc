import type { IngressClass } from '../../../../api/generated/networking-v1.ts';
import { ingressclasses } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { clusterIdentitySections, field } from '../sections.ts';

export const ingressClassDescriber = defineDescriber<IngressClass>({
  resources: [ingressclasses],
  sections: [
    ...clusterIdentitySections,
    field('Controller', ({ spec }) => spec?.controller ?? ''),
    (page, { spec }) => {
      if (!spec?.parameters) return;
      const { apiGroup, kind, name } = spec.parameters;
      page.line(0, 'Parameters:');
      if (apiGroup !== undefined) page.field(1, 'APIGroup', apiGroup);
      page.field(1, 'Kind', kind);
      page.field(1, 'Name', name);
    },
  ],
});
