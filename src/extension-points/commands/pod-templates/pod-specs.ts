import type { Container, PodSpec } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { goTypeName } from '../workloads/pods-of-workload.ts';

const templated = new Set(['ReplicationController', 'Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet', 'Job']);
const groups: Readonly<Record<string, string>> = { Pod: '', ReplicationController: '', Job: 'batch', CronJob: 'batch' };

type Fields = Readonly<Record<string, unknown>>;

/** A copy of an object with another pod spec: of a pod itself, or of the pods that a workload makes. Throws for objects without pods. */
export function withPodSpec(object: UntypedObject, change: (spec: PodSpec) => PodSpec): UntypedObject {
  const path = podSpecPath(object);
  if (!path) throw new Error(`the object is not a pod or does not have a pod template: ${goTypeName(object)}`);
  return changeAt(object as unknown as Fields, path, change) as unknown as UntypedObject;
}

function podSpecPath({ apiVersion = '', kind = '' }: UntypedObject): readonly string[] | undefined {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (group !== (groups[kind] ?? 'apps')) return undefined;
  if (kind === 'Pod') return ['spec'];
  if (kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
  return templated.has(kind) ? ['spec', 'template', 'spec'] : undefined;
}

function changeAt(fields: Fields, [name = '', ...rest]: readonly string[], change: (spec: PodSpec) => PodSpec): Fields {
  const inner = (fields[name] ?? {}) as Fields;
  return { ...fields, [name]: rest.length === 0 ? change(inner as unknown as PodSpec) : changeAt(inner, rest, change) };
}

/** The spec with its init containers and containers changed one by one. */
export const withContainers = (spec: PodSpec, change: (container: Container) => Container): PodSpec => ({
  ...spec,
  ...(spec.initContainers ? { initContainers: spec.initContainers.map(change) } : {}),
  containers: spec.containers.map(change),
});

/** The names of containers and init containers, containers first. */
export const containersOf = ({ containers, initContainers = [] }: PodSpec): readonly Container[] => [...containers, ...initContainers];
