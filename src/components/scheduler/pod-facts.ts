import type { Pod } from '../../api/generated/core-v1.ts';

/** Identifies a pod through its life: a pod made again under the same name is another. */
export const podKey = (pod: Pod): string => pod.metadata.uid ?? podName(pod);

/** `namespace/name`. */
export const podName = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

export const isFinished = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';
export const isAssigned = ({ spec }: Pod): boolean => Boolean(spec?.nodeName);
export const priorityOf = ({ spec }: Pod): number => spec?.priority ?? 0;
