import type { Secret } from '../../../../api/generated/core-v1.ts';
import { secrets } from '../../../../api/generated/resource-types.ts';
import { sortedKeys } from '../../../../extension-points/commands/printers/go-values.ts';
import { defineDescriber } from '../contract.ts';
import { identitySections } from '../sections.ts';
import { base64Length } from './base64-length.ts';

export const secretDescriber = defineDescriber<Secret>({
  resources: [secrets],
  events: 'none',
  sections: [
    ...identitySections,
    (page, { type = '', data = {} }) => {
      page.write(0, `\nType:\t${type}\n`);
      page.write(0, '\nData\n====\n');
      for (const name of sortedKeys(data)) {
        const isToken = name === 'token' && type === 'kubernetes.io/service-account-token';
        page.field(0, name, isToken ? Buffer.from(data[name]!, 'base64').toString() : `${base64Length(data[name]!)} bytes`);
      }
    },
  ],
});
