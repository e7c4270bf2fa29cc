import type { PodDisruptionBudget } from '../../../../api/generated/policy-v1.ts';
import { poddisruptionbudgets } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { selectorText } from '../page/texts.ts';
import { field, nameSection, namespaceSection } from '../sections.ts';

export const podDisruptionBudgetDescriber = defineDescriber<PodDisruptionBudget>({
  resources: [poddisruptionbudgets],
  sections: [
    nameSection,
    namespaceSection,
    (page, { spec }) => {
      if (spec?.minAvailable !== undefined) page.field(0, 'Min available', spec.minAvailable);
      else if (spec?.maxUnavailable !== undefined) page.field(0, 'Max unavailable', spec.maxUnavailable);
    },
    field('Selector', ({ spec }) => (spec?.selector ? selectorText(spec.selector) : '<unset>')),
    (page, { status }) => {
      page.line(0, 'Status:');
      page.field(2, 'Allowed disruptions', status?.disruptionsAllowed ?? 0);
      page.field(2, 'Current', status?.currentHealthy ?? 0);
      page.field(2, 'Desired', status?.desiredHealthy ?? 0);
      page.field(2, 'Total', status?.expectedPods ?? 0);
    },
  ],
});
