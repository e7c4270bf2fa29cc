import type { PodTemplateSpec } from '../../../api/generated/core-v1.ts';
import type { LabelSelector } from '../../../api/generated/meta-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { type Column, labelSelectorText } from '../../../extension-points/resources/printer.ts';

/** Names and images of a template's containers, separated by commas. */
export const containerNames = (template: Loose<PodTemplateSpec> | undefined): string =>
  (template?.spec?.containers ?? []).map((container) => container.name ?? '').join(',');
export const containerImages = (template: Loose<PodTemplateSpec> | undefined): string =>
  (template?.spec?.containers ?? []).map((container) => container.image ?? '').join(',');

/** CONTAINERS and IMAGES of `kubectl get -o wide`. */
export function containerColumns<T extends KubernetesObject>(templateOf: (object: Draft<T>) => Loose<PodTemplateSpec> | undefined): Column<T>[] {
  return [
    { name: 'Containers', priority: 1, description: 'Names of the containers in the template.', cell: (object) => containerNames(templateOf(object)) },
    { name: 'Images', priority: 1, description: 'Images of the containers in the template.', cell: (object) => containerImages(templateOf(object)) },
  ];
}

/** CONTAINERS, IMAGES and SELECTOR. */
export function templateColumns<T extends KubernetesObject>(
  templateOf: (object: Draft<T>) => Loose<PodTemplateSpec> | undefined,
  selectorOf: (object: Draft<T>) => Loose<LabelSelector> | undefined,
): Column<T>[] {
  return [
    ...containerColumns(templateOf),
    { name: 'Selector', priority: 1, description: 'Selects the pods that belong to the object.', cell: (object) => labelSelectorText(selectorOf(object)) },
  ];
}
