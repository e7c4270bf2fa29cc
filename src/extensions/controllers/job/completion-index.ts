import type { Job } from '../../../api/generated/batch-v1.ts';
import type { Container, Pod, PodSpec } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';

/** Name of the annotation and of the label that hold a pod's completion index. */
export const completionIndexName = 'batch.kubernetes.io/job-completion-index';
const variableName = 'JOB_COMPLETION_INDEX';
// Five random characters follow, and a pod's name has at most 63.
const longestPrefix = 58;

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed';

/** The completion index of a pod; undefined when it has none that is a whole number from 0. */
export function completionIndexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[completionIndexName];
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The completion index of a pod, when the job has such an index. */
export function validIndexOf(pod: Pod, { spec }: Job): number | undefined {
  const index = completionIndexOf(pod);
  return index !== undefined && index < (spec.completions ?? 0) ? index : undefined;
}

/** Gives a pod its index: annotation, label, host name, name and environment variable. */
export function withCompletionIndex(pod: Pod, job: Job, index: number): Pod {
  const { labels, annotations, ...metadata } = pod.metadata;
  return {
    ...pod,
    metadata: {
      ...metadata,
      generateName: prefixOf(nameOf(job), index),
      labels: { ...labels, [completionIndexName]: String(index) },
      annotations: { ...annotations, [completionIndexName]: String(index) },
    },
    spec: { ...withVariable(pod.spec), hostname: `${nameOf(job)}-${index}` },
  };
}

function prefixOf(name: string, index: number): string {
  const ending = `-${index}-`;
  return name.slice(0, longestPrefix - ending.length) + ending;
}

function withVariable(spec: PodSpec): PodSpec {
  const { containers, initContainers } = spec;
  return { ...spec, containers: containers.map(addVariable), ...(initContainers ? { initContainers: initContainers.map(addVariable) } : {}) };
}

/** A container's own variable of that name stays. */
function addVariable(container: Container): Container {
  const env = container.env ?? [];
  if (env.some(({ name }) => name === variableName)) return container;
  return { ...container, env: [...env, { name: variableName, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${completionIndexName}']` } } }] };
}
