import type { Pod, Service } from '../../../api/generated/core-v1.ts';
import type { LabelSelector } from '../../../api/generated/meta-v1.ts';
import * as resourceTypes from '../../../api/generated/resource-types.ts';
import type { Labels, Requirement, Selector } from '../../../api/label-selector.ts';
import { createSelector, selectorFromLabels, selectorFromObject } from '../../../api/label-selector.ts';
import type { Informer, Informers } from '../../../client/informer.ts';
import { SelectorIndex } from '../../../extension-points/scheduling/topology/selector-index.ts';

export interface FoundSelector {
  readonly selector: Selector;
  /** The same for the same selector. */
  readonly text: string;
}

/** The pods that belong with a pod when it does not say so itself. */
export type DefaultSelector = (pod: Pod) => FoundSelector;

const mostTexts = 2048;

/** Finds them by the services that select the pod and by the set that controls it. Starts to watch those at once. Rule: upstream's `DefaultSelector`. */
export function createDefaultSelector(informers: Informers): DefaultSelector {
  const services = new ServiceSelectors(informers.informer(resourceTypes.services));
  const replicationControllers = informers.informer(resourceTypes.replicationcontrollers);
  const sets = { ReplicaSet: informers.informer(resourceTypes.replicasets), StatefulSet: informers.informer(resourceTypes.statefulsets) };
  const found = new Map<string, FoundSelector>();

  const ofController = ({ metadata }: Pod): ControllerSelector => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller);
    if (!owner) return {};
    const key = { name: owner.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) };
    if (owner.apiVersion === 'v1' && owner.kind === 'ReplicationController') return { labels: replicationControllers.get(key)?.spec?.selector };
    if (owner.apiVersion !== 'apps/v1' || (owner.kind !== 'ReplicaSet' && owner.kind !== 'StatefulSet')) return {};
    return { selector: sets[owner.kind].get(key)?.spec?.selector };
  };

  return (pod) => {
    const pairs = services.pairsFor(pod);
    const controller = ofController(pod);
    const text = JSON.stringify([pairs, controller]);
    let selector = found.get(text);
    if (!selector) {
      selector = { selector: createSelector([...selectorFromLabels(pairs).requirements, ...requirementsOf(controller)]), text };
      if (found.size >= mostTexts) found.delete(found.keys().next().value!);
      found.set(text, selector);
    }
    return selector;
  };
}

interface ControllerSelector {
  readonly labels?: Labels | undefined;
  readonly selector?: LabelSelector | undefined;
}

const requirementsOf = ({ labels, selector }: ControllerSelector): readonly Requirement[] =>
  labels ? selectorFromLabels(labels).requirements : selectorFromObject(selector).requirements;

interface ServiceSelector {
  readonly pairs: Labels;
  readonly selector: Selector;
}

/** The selectors of services by namespace. */
class ServiceSelectors {
  readonly #byNamespace = new Map<string, SelectorIndex<ServiceSelector>>();
  readonly #known = new Map<string, { readonly namespace: string; readonly service: ServiceSelector }>();

  constructor(services: Informer<Service>) {
    services.onChange({ added: (service) => this.#set(service), updated: (service) => this.#set(service), deleted: (service) => this.#delete(service) });
  }

  /** The labels that the services which select a pod ask for. */
  pairsFor({ metadata: { namespace = '', labels } }: Pod): Labels | undefined {
    let pairs: Labels | undefined;
    this.#byNamespace.get(namespace)?.eachCandidate(labels, (service) => {
      if (service.selector.matches(labels)) pairs = pairs ? { ...pairs, ...service.pairs } : service.pairs;
    });
    return pairs;
  }

  #set(service: Service): void {
    this.#delete(service);
    const pairs = service.spec?.selector;
    if (!pairs) return;
    const { namespace = '' } = service.metadata;
    const added = { pairs, selector: selectorFromLabels(pairs) };
    let index = this.#byNamespace.get(namespace);
    if (!index) this.#byNamespace.set(namespace, (index = new SelectorIndex()));
    index.add(added, added.selector);
    this.#known.set(keyOf(service), { namespace, service: added });
  }

  #delete(service: Service): void {
    const known = this.#known.get(keyOf(service));
    if (!known) return;
    this.#known.delete(keyOf(service));
    const index = this.#byNamespace.get(known.namespace)!;
    index.delete(known.service);
    if (index.size === 0) this.#byNamespace.delete(known.namespace);
  }
}

const keyOf = ({ metadata }: Service): string => `${metadata.namespace}/${metadata.name}`;
