import type { NodeSelectorRequirement, PersistentVolume, VolumeNodeAffinity } from '../../../../api/generated/core-v1.ts';
import { persistentvolumes } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { writeLines } from '../page/multi-line.ts';
import type { Page } from '../page/page.ts';
import { amountText } from '../page/quantities.ts';
import { listText } from '../page/texts.ts';
import { persistentSources, writeVolumeSource } from '../pods/volume-sources.ts';
import { clusterIdentitySections, field, fieldIfSet, statusText } from '../sections.ts';
import { accessModesText, classAnnotation } from '../storage/access-modes.ts';

export const persistentVolumeDescriber = defineDescriber<PersistentVolume>({
  resources: [persistentvolumes],
  sections: [
    ...clusterIdentitySections,
    field('Finalizers', ({ metadata }) => listText(metadata.finalizers)),
    field('StorageClass', ({ metadata, spec }) => metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? ''),
    field('Status', (volume, { now }) => statusText(volume, volume.status?.phase, now)),
    field('Claim', ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '')),
    field('Reclaim Policy', ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? ''),
    field('Access Modes', ({ spec }) => accessModesText(spec?.accessModes)),
    fieldIfSet('VolumeMode', ({ spec }) => spec?.volumeMode),
    field('Capacity', ({ spec }) => amountText(spec?.capacity?.['storage'])),
    (page, { spec }) => writeAffinity(page, spec?.nodeAffinity),
    field('Message', ({ status }) => status?.message ?? ''),
    (page, { spec }) => {
      page.line(0, 'Source:');
      writeVolumeSource(page, spec ?? {}, persistentSources);
    },
  ],
});

function writeAffinity(page: Page, affinity: VolumeNodeAffinity | undefined): void {
  page.write(0, 'Node Affinity:\t');
  if (!affinity?.required) return page.end('<none>');
  page.end('');
  page.write(1, 'Required Terms:\t');
  const terms = affinity.required.nodeSelectorTerms ?? [];
  if (terms.length === 0) return page.end('<none>');
  page.end('');
  for (const [index, { matchExpressions = [] }] of terms.entries()) writeLines(page, `Term ${index}`, matchExpressions.map(requirementText), { level: 2 });
}

const requirementText = ({ key, operator, values = [] }: NodeSelectorRequirement): string =>
  `${key} ${operator.toLowerCase()}${values.length === 0 ? '' : ` [${values.join(', ')}]`}`;
