import type { PersistentVolumeClaim } from '../../../../api/generated/core-v1.ts';
import { writeAnnotations, writeLabels } from '../page/multi-line.ts';
import type { Page } from '../page/page.ts';
import { amountText } from '../page/quantities.ts';
import { listText } from '../page/texts.ts';
import { statusText } from '../sections.ts';
import { accessModesText, classAnnotation } from './access-modes.ts';

/** A claim; of a template (not `isWhole`) what such one has no meaning is left out. */
export function writeClaim(page: Page, claim: PersistentVolumeClaim, { now, isWhole }: { readonly now: number; readonly isWhole: boolean }): void {
  const { metadata, spec, status } = claim;
  if (isWhole) {
    page.field(0, 'Name', metadata.name ?? '');
    page.field(0, 'Namespace', metadata.namespace ?? '');
  }
  page.field(0, 'StorageClass', metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? '');
  if (isWhole) page.field(0, 'Status', statusText(claim, status?.phase, now));
  page.field(0, 'Volume', spec?.volumeName ?? '');
  writeLabels(page, 'Labels', metadata.labels);
  writeAnnotations(page, 'Annotations', metadata.annotations);
  if (isWhole) page.field(0, 'Finalizers', listText(metadata.finalizers));
  page.field(0, 'Capacity', spec?.volumeName ? amountText(status?.capacity?.['storage']) : '');
  page.field(0, 'Access Modes', spec?.volumeName ? accessModesText(status?.accessModes) : '');
  if (spec?.volumeMode !== undefined) page.field(0, 'VolumeMode', spec.volumeMode);
  if (!spec?.dataSource) return;
  const { apiGroup, kind, name } = spec.dataSource;
  page.line(0, 'DataSource:');
  if (apiGroup !== undefined) page.field(1, 'APIGroup', apiGroup);
  page.field(1, 'Kind', kind);
  page.field(1, 'Name', name);
}
