import type { Job } from '../../../../api/generated/batch-v1.ts';
import { jobs } from '../../../../api/generated/resource-types.ts';
import { humanDuration } from '../../../../extension-points/commands/printers/table-printer.ts';
import { defineDescriber } from '../contract.ts';
import { controllerText, orUnset, plainSelectorText } from '../page/texts.ts';
import { localTime } from '../page/times.ts';
import { writePodTemplate } from '../pods/pod-template.ts';
import { annotationsSection, field, fieldIfSet, labelsSection, nameSection, namespaceSection } from '../sections.ts';

export const jobDescriber = defineDescriber<Job>({
  resources: [jobs],
  sections: [
    nameSection,
    namespaceSection,
    field('Selector', ({ spec }) => plainSelectorText(spec?.selector)),
    labelsSection,
    annotationsSection,
    fieldIfSet('Controlled By', ({ metadata }) => controllerText(metadata)),
    fieldIfSet('Parallelism', ({ spec }) => spec?.parallelism),
    field('Completions', ({ spec }) => orUnset(spec?.completions)),
    fieldIfSet('Completion Mode', ({ spec }) => spec?.completionMode),
    fieldIfSet('Suspend', ({ spec }) => spec?.suspend),
    fieldIfSet('Backoff Limit', ({ spec }) => spec?.backoffLimit),
    fieldIfSet('TTL Seconds After Finished', ({ spec }) => spec?.ttlSecondsAfterFinished),
    fieldIfSet('Start Time', ({ status }) => status?.startTime && localTime(status.startTime)),
    fieldIfSet('Completed At', ({ status }) => status?.completionTime && localTime(status.completionTime)),
    fieldIfSet('Duration', ({ status }) =>
      status?.startTime && status.completionTime ? humanDuration(Date.parse(status.completionTime) - Date.parse(status.startTime)) : '',
    ),
    fieldIfSet('Active Deadline Seconds', ({ spec }) => (spec?.activeDeadlineSeconds === undefined ? '' : `${spec.activeDeadlineSeconds}s`)),
    field('Pods Statuses', ({ status = {} }) => {
      const ready = status.ready === undefined ? '' : ` (${status.ready} Ready)`;
      return `${status.active ?? 0} Active${ready} / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`;
    }),
    fieldIfSet('Completed Indexes', ({ spec, status }) => (spec?.completionMode === 'Indexed' ? indexesText(status?.completedIndexes) : '')),
    (page, { spec }) => writePodTemplate(page, spec?.template ?? { spec: { containers: [] } }),
  ],
});

const indexesShown = 50;

/** Many indexes are cut off behind a comma. */
function indexesText(indexes = ''): string {
  if (indexes === '') return '<none>';
  const comma = indexes.indexOf(',', indexesShown);
  return comma < 0 ? indexes : `${indexes.slice(0, comma + 1)}...`;
}
