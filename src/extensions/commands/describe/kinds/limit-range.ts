import type { LimitRange } from '../../../../api/generated/core-v1.ts';
import { limitranges } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { nameSection, namespaceSection } from '../sections.ts';
import { limitHeadings, writeLimits } from './limits.ts';

export const limitRangeDescriber = defineDescriber<LimitRange>({
  resources: [limitranges],
  events: 'none',
  sections: [
    nameSection,
    namespaceSection,
    (page, { spec }) => {
      limitHeadings(page, '');
      writeLimits(page, spec?.limits, '');
    },
  ],
});
