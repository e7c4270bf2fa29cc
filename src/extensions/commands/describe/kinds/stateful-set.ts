import type { StatefulSet } from '../../../../api/generated/apps-v1.ts';
import type { PersistentVolumeClaim } from '../../../../api/generated/core-v1.ts';
import { statefulsets } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { writeLabels } from '../page/multi-line.ts';
import type { Page } from '../page/page.ts';
import { amountText } from '../page/quantities.ts';
import { listText, plainSelectorText } from '../page/texts.ts';
import { podCounts } from '../pods/pod-counts.ts';
import { writePodTemplate } from '../pods/pod-template.ts';
import { annotationsSection, createdSection, field, labelsSection, nameSection, namespaceSection } from '../sections.ts';
import { classAnnotation } from '../storage/access-modes.ts';

export const statefulSetDescriber = defineDescriber<StatefulSet, { readonly counts: string }>({
  resources: [statefulsets],
  find: async (set, context) => ({ counts: await podCounts(context, set, set.spec?.selector) }),
  sections: [
    nameSection,
    namespaceSection,
    createdSection,
    field('Selector', ({ spec }) => plainSelectorText(spec?.selector)),
    labelsSection,
    annotationsSection,
    field('Replicas', ({ spec, status }) => `${spec?.replicas ?? 0} desired | ${status?.replicas ?? 0} total`),
    field('Update Strategy', ({ spec }) => spec?.updateStrategy?.type ?? ''),
    (page, { spec }) => {
      const { partition, maxUnavailable } = spec?.updateStrategy?.rollingUpdate ?? {};
      if (partition === undefined) return;
      page.field(1, 'Partition', partition);
      if (maxUnavailable !== undefined) page.field(1, 'MaxUnavailable', maxUnavailable);
    },
    field('Pods Status', (_set, { counts }) => counts),
    (page, { spec }) => writePodTemplate(page, spec?.template ?? { spec: { containers: [] } }),
    (page, { spec }) => writeClaimTemplates(page, spec?.volumeClaimTemplates),
  ],
});

function writeClaimTemplates(page: Page, templates: readonly PersistentVolumeClaim[] = []): void {
  if (templates.length === 0) return page.field(0, 'Volume Claims', '<none>');
  page.line(0, 'Volume Claims:');
  for (const { metadata, spec } of templates) {
    page.field(1, 'Name', metadata.name ?? '');
    page.field(1, 'StorageClass', metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? '');
    writeLabels(page, 'Labels', metadata.labels, { indent: '  ' });
    writeLabels(page, 'Annotations', metadata.annotations, { indent: '  ' });
    const storage = spec?.resources?.requests?.['storage'];
    page.field(1, 'Capacity', storage === undefined ? '<default>' : amountText(storage));
    page.field(1, 'Access Modes', listText(spec?.accessModes));
  }
}
