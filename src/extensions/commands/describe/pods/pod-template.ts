import type { PodTemplateSpec } from '../../../../api/generated/core-v1.ts';
import { writeAnnotations, writeLabels } from '../page/multi-line.ts';
import type { Page } from '../page/page.ts';
import { writeContainers } from './containers.ts';
import { writeSpreadConstraints, writeTolerations } from './placement.ts';
import { writeSchedulingGroup } from './scheduling-group.ts';
import { writeVolumes } from './volumes.ts';

/** What pods are made from. */
export function writePodTemplate(page: Page, template: PodTemplateSpec | undefined): void {
  page.line(0, 'Pod Template:');
  if (!template) return page.write(1, '<unset>');
  const { metadata, spec } = template;
  writeLabels(page, '  Labels', metadata?.labels);
  if (Object.keys(metadata?.annotations ?? {}).length > 0) writeAnnotations(page, '  Annotations', metadata?.annotations);
  if (spec?.serviceAccountName) page.field(1, 'Service Account', spec.serviceAccountName);
  if (spec?.initContainers?.length) writeContainers(page, 'Init Containers', { containers: spec.initContainers }, '  ');
  writeContainers(page, 'Containers', { containers: spec?.containers }, '  ');
  writeVolumes(page, spec?.volumes, '  ');
  writeSpreadConstraints(page, spec?.topologySpreadConstraints, '  ');
  if (spec?.priorityClassName) page.field(1, 'Priority Class Name', spec.priorityClassName);
  writeLabels(page, '  Node-Selectors', spec?.nodeSelector);
  writeTolerations(page, '  Tolerations', spec?.tolerations);
  writeSchedulingGroup(page, spec?.schedulingGroup, '  ');
}
