import type { ConfigMap } from '../../../../api/generated/core-v1.ts';
import { configmaps } from '../../../../api/generated/resource-types.ts';
import { sortedKeys } from '../../../../extension-points/commands/printers/go-values.ts';
import { defineDescriber } from '../contract.ts';
import { identitySections } from '../sections.ts';
import { base64Length } from './base64-length.ts';

export const configMapDescriber = defineDescriber<ConfigMap>({
  resources: [configmaps],
  sections: [
    ...identitySections,
    (page, { data = {}, binaryData = {} }) => {
      page.write(0, '\nData\n====\n');
      for (const name of sortedKeys(data)) page.write(0, `${name}:\n----\n${data[name]}\n\n`);
      page.write(0, '\nBinaryData\n====\n');
      for (const name of sortedKeys(binaryData)) page.write(0, `${name}: ${base64Length(binaryData[name]!)} bytes\n`);
      page.write(0, '\n');
    },
  ],
});
