import type { ReplicationController } from '../../../../api/generated/core-v1.ts';
import { replicationcontrollers } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { pairsText } from '../page/texts.ts';
import { podCounts } from '../pods/pod-counts.ts';
import { writePodTemplate } from '../pods/pod-template.ts';
import { annotationsSection, field, labelsSection, nameSection, namespaceSection } from '../sections.ts';
import { reasonConditions } from './reason-conditions.ts';

export const replicationControllerDescriber = defineDescriber<ReplicationController, { readonly counts: string }>({
  resources: [replicationcontrollers],
  find: async (controller, context) => ({ counts: await podCounts(context, controller, { matchLabels: controller.spec?.selector ?? {} }) }),
  sections: [
    nameSection,
    namespaceSection,
    field('Selector', ({ spec }) => pairsText(spec?.selector)),
    labelsSection,
    annotationsSection,
    field('Replicas', ({ spec, status }) => `${status?.replicas ?? 0} current / ${spec?.replicas ?? 0} desired`),
    field('Pods Status', (_controller, { counts }) => counts),
    (page, { spec }) => writePodTemplate(page, spec?.template),
    (page, { status }) => reasonConditions(page, status?.conditions),
  ],
});
