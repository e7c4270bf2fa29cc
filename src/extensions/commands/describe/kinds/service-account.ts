import type { ServiceAccount } from '../../../../api/generated/core-v1.ts';
import { serviceaccounts } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { identitySections } from '../sections.ts';

const title = 'Image pull secrets:';

export const serviceAccountDescriber = defineDescriber<ServiceAccount>({
  resources: [serviceaccounts],
  sections: [
    ...identitySections,
    (page, { imagePullSecrets = [] }) => {
      if (imagePullSecrets.length === 0) return page.line(0, title, '<none>');
      for (const [index, { name = '' }] of imagePullSecrets.entries()) page.line(0, index === 0 ? title : ' '.repeat(title.length), name);
    },
  ],
});
