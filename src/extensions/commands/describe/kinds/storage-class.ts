import { storageclasses } from '../../../../api/generated/resource-types.ts';
import type { StorageClass } from '../../../../api/generated/storage-v1.ts';
import { defineDescriber, type Section } from '../contract.ts';
import { writeLines } from '../page/multi-line.ts';
import { optionalBoolText, pairsText } from '../page/texts.ts';
import { field, fieldIfSet, nameSection } from '../sections.ts';

const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

const topologiesSection: Section<StorageClass> = (page, { allowedTopologies: topologies }) => {
  if (!topologies) return;
  page.write(0, 'AllowedTopologies:\t');
  if (topologies.length === 0) return page.end('<none>');
  page.end('');
  for (const [index, { matchLabelExpressions = [] }] of topologies.entries())
    writeLines(
      page,
      `Term ${index}`,
      matchLabelExpressions.map(({ key, values }) => `${key} in${values.length === 0 ? '' : ` [${values.join(', ')}]`}`),
      { level: 1 },
    );
};

export const storageClassDescriber = defineDescriber<StorageClass>({
  resources: [storageclasses],
  sections: [
    nameSection,
    field('IsDefaultClass', ({ metadata }) => (defaultAnnotations.some((name) => metadata.annotations?.[name] === 'true') ? 'Yes' : 'No')),
    field('Annotations', ({ metadata }) => pairsText(metadata.annotations)),
    field('Provisioner', ({ provisioner }) => provisioner),
    field('Parameters', ({ parameters }) => pairsText(parameters)),
    field('AllowVolumeExpansion', ({ allowVolumeExpansion }) => optionalBoolText(allowVolumeExpansion)),
    (page, { mountOptions = [] }) => {
      if (mountOptions.length === 0) return page.field(0, 'MountOptions', '<none>');
      page.line(0, 'MountOptions:');
      for (const option of mountOptions) page.line(1, option);
    },
    fieldIfSet('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy),
    fieldIfSet('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode),
    topologiesSection,
  ],
});
