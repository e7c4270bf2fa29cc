import { isDeepStrictEqual } from 'node:util';
import type { Deployment, ReplicaSet } from '../../../../api/generated/apps-v1.ts';
import type { PodTemplateSpec } from '../../../../api/generated/core-v1.ts';
import { deployments, replicasets } from '../../../../api/generated/resource-types.ts';
import { selectorFromObject } from '../../../../api/label-selector.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import { type DescribeContext, defineDescriber } from '../contract.ts';
import { listObjects } from '../list-objects.ts';
import { plainSelectorText } from '../page/texts.ts';
import { writePodTemplate } from '../pods/pod-template.ts';
import { annotationsSection, createdSection, field, fieldIfSet, labelsSection, nameSection, namespaceSection } from '../sections.ts';
import { reasonConditions } from './reason-conditions.ts';

interface Facts {
  readonly oldSets: readonly ReplicaSet[];
  readonly newSets: readonly ReplicaSet[];
}

export const deploymentDescriber = defineDescriber<Deployment, Facts>({
  resources: [deployments],
  find: findSets,
  sections: [
    nameSection,
    namespaceSection,
    createdSection,
    labelsSection,
    annotationsSection,
    field('Selector', ({ spec }) => plainSelectorText(spec?.selector)),
    field('Replicas', ({ spec, status = {} }) => {
      const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, unavailableReplicas = 0 } = status;
      const now = `${updatedReplicas} updated | ${replicas} total | ${availableReplicas} available | ${unavailableReplicas} unavailable`;
      return `${spec?.replicas ?? 0} desired | ${now}`;
    }),
    field('StrategyType', ({ spec }) => spec?.strategy?.type ?? ''),
    field('MinReadySeconds', ({ spec }) => spec?.minReadySeconds ?? 0),
    fieldIfSet('RollingUpdateStrategy', ({ spec }) => {
      const update = spec?.strategy?.rollingUpdate;
      return update && `${update.maxUnavailable ?? '<nil>'} max unavailable, ${update.maxSurge ?? '<nil>'} max surge`;
    }),
    (page, { spec }) => writePodTemplate(page, spec?.template),
    (page, { status }) => reasonConditions(page, status?.conditions),
    (page, _deployment, { oldSets, newSets }) => {
      if (oldSets.length + newSets.length === 0) return;
      page.field(0, 'OldReplicaSets', setsText(oldSets));
      page.field(0, 'NewReplicaSet', setsText(newSets));
    },
  ],
});

/** The replica sets of a deployment: the one with its template, and those before. Without permission to read them there are none. */
async function findSets({ metadata, spec }: Deployment, context: DescribeContext): Promise<Facts> {
  const labelSelector = selectorFromObject(spec?.selector).toString();
  const sets = await listObjects(context, { resource: replicasets, namespace: metadata.namespace }, { labelSelector }).catch(() => []);
  const owned = sets.filter((set) => set.metadata.ownerReferences?.find(({ controller }) => controller)?.uid === metadata.uid);
  owned.sort(
    (left, right) =>
      compareText(left.metadata.creationTimestamp ?? '', right.metadata.creationTimestamp ?? '') ||
      compareText(left.metadata.name ?? '', right.metadata.name ?? ''),
  );
  const template = withoutHash(spec?.template);
  const newest = owned.find((set) => isDeepStrictEqual(withoutHash(set.spec?.template), template));
  return { oldSets: owned.filter((set) => set !== newest), newSets: newest ? [newest] : [] };
}

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { 'pod-template-hash': _hash, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

const setsText = (sets: readonly ReplicaSet[]): string =>
  sets.map(({ metadata, spec, status }) => `${metadata.name} (${status?.replicas ?? 0}/${spec?.replicas ?? 0} replicas created)`).join(', ') || '<none>';
