import type { Container, Service } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { goTypeName } from '../../../extension-points/commands/workloads/pods-of-workload.ts';

type Labels = Readonly<Record<string, string>>;
const groups: Readonly<Record<string, string>> = { ReplicationController: '', Service: '', Pod: '', Deployment: 'apps', ReplicaSet: 'apps' };

/** Throws for what no service can lead to. */
export function requireExposable({ group, kind }: { readonly group: string; readonly kind: string }): void {
  if (groups[kind] !== group) throw new Error(`cannot expose a ${group === '' ? kind : `${kind}.${group}`}`);
}

interface Spec {
  readonly selector?: unknown;
  readonly ports?: Service['spec'] extends infer S ? (S extends { ports?: infer P } ? P : never) : never;
  readonly containers?: readonly Container[];
  readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } };
}
const specOf = (object: UntypedObject): Spec => (object['spec'] ?? {}) as Spec;

/** The labels of the pods of an object. Throws when they cannot be told by labels alone. */
export function selectorOf(object: UntypedObject): Labels {
  const { kind, metadata } = object;
  const { selector } = specOf(object);
  if (kind === 'Pod') {
    if (Object.keys(metadata.labels ?? {}).length === 0) throw new Error('the pod has no labels and cannot be exposed');
    return metadata.labels!;
  }
  if (kind === 'ReplicationController') return (selector ?? {}) as Labels;
  if (kind === 'Service') {
    if (!selector) throw new Error('the service has no pod selector set');
    return selector as Labels;
  }
  const { matchLabels = {}, matchExpressions = [] } = (selector ?? {}) as { matchLabels?: Labels; matchExpressions?: readonly unknown[] };
  if (Object.keys(matchLabels).length === 0) throw new Error(`invalid ${kind!.toLowerCase()}: no selectors, therefore cannot be exposed`);
  if (matchExpressions.length > 0)
    throw new Error(`couldn't convert expressions - ${JSON.stringify(matchExpressions.map(expressionText).join(' '))} to map-based selector format`);
  return matchLabels;
}

function expressionText(expression: unknown): string {
  const { key = '', operator = '', values = [] } = expression as { key?: string; operator?: string; values?: readonly string[] };
  return `[{Key:${key} Operator:${operator} Values:[${values.join(' ')}]}]`;
}

export interface Port {
  readonly port: number;
  readonly protocol: string;
}

/** The ports of an object, in order, each protocol of one apart. */
export function portsOf(object: UntypedObject): readonly Port[] {
  const spec = specOf(object);
  switch (object.kind) {
    case 'Service':
      return (spec.ports ?? []).map(({ port, protocol }) => ({ port: port!, protocol: protocol || 'TCP' }));
    case 'Pod':
      return containerPorts(spec.containers);
    case 'ReplicationController':
    case 'Deployment':
    case 'ReplicaSet':
      return containerPorts(spec.template?.spec?.containers);
    default:
      throw new Error(`cannot extract ports from ${goTypeName(object)}`);
  }
}

const containerPorts = (containers: readonly Container[] = []): readonly Port[] =>
  containers.flatMap(({ ports = [] }) => ports.map(({ containerPort, protocol }) => ({ port: containerPort!, protocol: protocol || 'TCP' })));
