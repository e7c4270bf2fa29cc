import type { DaemonSet } from '../../../../api/generated/apps-v1.ts';
import { daemonsets } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { pairsText, plainSelectorText } from '../page/texts.ts';
import { podCounts } from '../pods/pod-counts.ts';
import { writePodTemplate } from '../pods/pod-template.ts';
import { annotationsSection, field, labelsSection, nameSection, namespaceSection } from '../sections.ts';

export const daemonSetDescriber = defineDescriber<DaemonSet, { readonly counts: string }>({
  resources: [daemonsets],
  find: async (set, context) => ({ counts: await podCounts(context, set, set.spec?.selector) }),
  sections: [
    nameSection,
    namespaceSection,
    field('Selector', ({ spec }) => plainSelectorText(spec?.selector)),
    field('Node-Selector', ({ spec }) => pairsText(spec?.template?.spec?.nodeSelector)),
    labelsSection,
    annotationsSection,
    // These stand in no column.
    (page, { status }) => {
      page.line(0, `Desired Number of Nodes Scheduled: ${status?.desiredNumberScheduled ?? 0}`);
      page.line(0, `Current Number of Nodes Scheduled: ${status?.currentNumberScheduled ?? 0}`);
      page.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status?.updatedNumberScheduled ?? 0}`);
      page.line(0, `Number of Nodes Scheduled with Available Pods: ${status?.numberAvailable ?? 0}`);
      page.line(0, `Number of Nodes Misscheduled: ${status?.numberMisscheduled ?? 0}`);
    },
    field('Pods Status', (_set, { counts }) => counts),
    (page, { spec }) => writePodTemplate(page, spec?.template ?? { spec: { containers: [] } }),
  ],
});
