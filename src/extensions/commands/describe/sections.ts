import type { KubernetesObject } from '../../../api/object.ts';
import type { Moment, Section } from './contract.ts';
import { writeAnnotations, writeLabels } from './page/multi-line.ts';
import { localTime, since } from './page/times.ts';

/** Sections that many kinds have. */

/** A title and a value. */
export const field =
  <T, Facts extends object>(title: string, value: (object: T, facts: Facts & Moment) => unknown): Section<T, Facts> =>
  (page, object, facts) =>
    page.field(0, title, value(object, facts));

/** The same, left out when the value is absent or empty. */
export const fieldIfSet =
  <T, Facts extends object>(title: string, value: (object: T, facts: Facts & Moment) => unknown): Section<T, Facts> =>
  (page, object, facts) => {
    const shown = value(object, facts);
    if (shown !== undefined && shown !== '') page.field(0, title, shown);
  };

export const nameSection: Section<KubernetesObject> = (page, { metadata }) => page.field(0, 'Name', metadata.name ?? '');
export const namespaceSection: Section<KubernetesObject> = (page, { metadata }) => page.field(0, 'Namespace', metadata.namespace ?? '');
export const labelsSection: Section<KubernetesObject> = (page, { metadata }) => writeLabels(page, 'Labels', metadata.labels);
export const annotationsSection: Section<KubernetesObject> = (page, { metadata }) => writeAnnotations(page, 'Annotations', metadata.annotations);
export const createdSection: Section<KubernetesObject> = (page, { metadata }) => page.field(0, 'CreationTimestamp', localTime(metadata.creationTimestamp));

/** Name, namespace, labels and annotations. */
export const identitySections: readonly Section<KubernetesObject>[] = [nameSection, namespaceSection, labelsSection, annotationsSection];
/** Name, labels and annotations of what has no namespace. */
export const clusterIdentitySections: readonly Section<KubernetesObject>[] = [nameSection, labelsSection, annotationsSection];

/** A status, or since when the object is going. */
export const statusText = ({ metadata }: KubernetesObject, phase: string | undefined, now: number): string =>
  metadata.deletionTimestamp ? `Terminating (lasts ${since(metadata.deletionTimestamp, now)})` : (phase ?? '');
