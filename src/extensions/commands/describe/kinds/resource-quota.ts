import type { ResourceQuota } from '../../../../api/generated/core-v1.ts';
import { resourcequotas } from '../../../../api/generated/resource-types.ts';
import { formatQuantity, parseQuantity, type QuantityText, quantityOf, quantityValue } from '../../../../api/quantity.ts';
import { defineDescriber } from '../contract.ts';
import { amountText, resourceNames } from '../page/quantities.ts';
import { nameSection, namespaceSection } from '../sections.ts';
import { writeScopes } from './quota-scopes.ts';

export const resourceQuotaDescriber = defineDescriber<ResourceQuota>({
  resources: [resourcequotas],
  events: 'none',
  sections: [
    nameSection,
    namespaceSection,
    (page, { spec }) => writeScopes(page, spec?.scopes, { level: 0, bullet: ' * ' }),
    (page, { status }) => {
      page.line(0, 'Resource', 'Used', 'Hard');
      page.line(0, '--------', '----', '----');
      for (const name of resourceNames(status?.hard)) {
        const hard = status!.hard![name]!;
        page.line(0, name, usedText(status?.used?.[name] ?? '0', hard), amountText(hard));
      }
    },
  ],
});

/** What is used is written as what may be. */
function usedText(used: QuantityText, hard: QuantityText): string {
  const { format } = parseQuantity(hard);
  return parseQuantity(used).format === format ? amountText(used) : formatQuantity(quantityOf(quantityValue(used), format));
}
