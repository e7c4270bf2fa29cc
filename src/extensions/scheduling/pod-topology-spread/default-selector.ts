import type { Pod } from '../../../api/generated/core-v1.ts';
import * as resourceTypes from '../../../api/generated/resource-types.ts';
import type { Requirement, Selector } from '../../../api/label-selector.ts';
import { createSelector, selectorFromLabels, selectorFromObject } from '../../../api/label-selector.ts';
import type { Informers } from '../../../client/informer.ts';

/** The pods that belong with a pod when it does not say so itself. */
export type DefaultSelector = (pod: Pod) => Selector;

/** Finds them by the services that select the pod and by the set that controls it. Starts to watch those at once. Rule: upstream's `DefaultSelector`. */
export function createDefaultSelector(informers: Informers): DefaultSelector {
  const services = informers.informer(resourceTypes.services);
  const replicationControllers = informers.informer(resourceTypes.replicationcontrollers);
  const sets = { ReplicaSet: informers.informer(resourceTypes.replicasets), StatefulSet: informers.informer(resourceTypes.statefulsets) };

  const ofController = ({ metadata }: Pod): readonly Requirement[] => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller);
    if (!owner) return [];
    const key = { name: owner.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) };
    if (owner.apiVersion === 'v1' && owner.kind === 'ReplicationController')
      return selectorFromLabels(replicationControllers.get(key)?.spec?.selector).requirements;
    if (owner.apiVersion === 'apps/v1' && (owner.kind === 'ReplicaSet' || owner.kind === 'StatefulSet'))
      return selectorFromObject(sets[owner.kind].get(key)?.spec?.selector).requirements;
    return [];
  };

  return (pod) => {
    const pairs: Record<string, string> = {};
    for (const { spec } of services.list(pod.metadata.namespace))
      if (spec?.selector && selectorFromLabels(spec.selector).matches(pod.metadata.labels)) Object.assign(pairs, spec.selector);
    return createSelector([...selectorFromLabels(pairs).requirements, ...ofController(pod)]);
  };
}
