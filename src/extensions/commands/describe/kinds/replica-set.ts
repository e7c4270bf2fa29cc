import type { ReplicaSet } from '../../../../api/generated/apps-v1.ts';
import { replicasets } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { controllerText, selectorText } from '../page/texts.ts';
import { podCounts } from '../pods/pod-counts.ts';
import { writePodTemplate } from '../pods/pod-template.ts';
import { annotationsSection, field, fieldIfSet, labelsSection, nameSection, namespaceSection } from '../sections.ts';
import { reasonConditions } from './reason-conditions.ts';

export const replicaSetDescriber = defineDescriber<ReplicaSet, { readonly counts: string }>({
  resources: [replicasets],
  find: async (set, context) => ({
    counts: await podCounts(context, set, set.spec?.selector).catch((error: unknown) => `error in fetching pods: ${(error as Error).message}`),
  }),
  sections: [
    nameSection,
    namespaceSection,
    field('Selector', ({ spec }) => selectorText(spec?.selector)),
    labelsSection,
    annotationsSection,
    fieldIfSet('Controlled By', ({ metadata }) => controllerText(metadata)),
    field('Replicas', ({ spec, status }) => `${status?.replicas ?? 0} current / ${spec?.replicas ?? 0} desired`),
    field('Pods Status', (_set, { counts }) => counts),
    (page, { spec }) => writePodTemplate(page, spec?.template ?? { spec: { containers: [] } }),
    (page, { status }) => reasonConditions(page, status?.conditions),
  ],
});
