/** What discovery and OpenAPI say of a resource and its sub-resources, derived from its definition. */
import { usualVerbs } from '../../../api/catalogue.ts';
import { compareVersions } from '../../../api/version-order.ts';
import type { ResourceDefinition, Subresource } from '../../../extension-points/resources/contract.ts';
import { subresourcesOf } from '../../../extension-points/resources/subresources.ts';

/** Group, version and kind of what a path answers. */
export interface KindName {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface SubresourceShape {
  readonly name: string;
  readonly kind: KindName;
  /** Sorted. */
  readonly verbs: readonly string[];
}

/** One resource in one served version. */
export interface ResourceShape {
  readonly definition: ResourceDefinition;
  readonly version: string;
  readonly kind: KindName;
  readonly verbs: readonly string[];
  /** Sorted by name. */
  readonly subresources: readonly SubresourceShape[];
}

/** A group's versions, the preferred one first, each with its resources sorted by name. */
export interface GroupShape {
  readonly name: string;
  readonly versions: readonly { readonly name: string; readonly resources: readonly ResourceShape[] }[];
}

/** Puts definitions into groups; the core group first, then by priority and name as upstream's aggregator orders them. */
export function groupShapes(definitions: Iterable<ResourceDefinition>): GroupShape[] {
  const groups = new Map<string, Map<string, ResourceShape[]>>();
  for (const definition of definitions) {
    for (const { name } of definition.versions.filter(({ served }) => served)) {
      const versions = groups.get(definition.group) ?? new Map<string, ResourceShape[]>();
      const resources = versions.get(name) ?? [];
      resources.push(shapeOf(definition, name));
      groups.set(definition.group, versions.set(name, resources));
    }
  }
  return [...groups].map(([name, versions]) => ({ name, versions: sortedVersions(versions) })).sort((left, right) => compareGroups(left.name, right.name));
}

/** Upstream's priorities of built-in groups; groups of custom resources have 1000. */
const priorities: Readonly<Record<string, number>> = {
  '': 18_100,
  'apiregistration.k8s.io': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'admissionregistration.k8s.io': 16_700,
  'apiextensions.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'resource.k8s.io': 16_000,
};

/** How early a group stands in lists; larger is earlier. */
export const groupPriority = (group: string): number => (Object.hasOwn(priorities, group) ? priorities[group]! : 1000);

const compareGroups = (left: string, right: string): number => groupPriority(right) - groupPriority(left) || (left < right ? -1 : 1);

const sortedVersions = (versions: ReadonlyMap<string, ResourceShape[]>): GroupShape['versions'] =>
  [...versions]
    .sort(([left], [right]) => compareVersions(left, right))
    .map(([name, resources]) => ({ name, resources: resources.sort((left, right) => (left.definition.resource < right.definition.resource ? -1 : 1)) }));

/** Upstream's, for resources whose definition is being deleted. */
const verbsWhileTerminating = ['delete', 'deletecollection', 'get', 'list', 'watch'];

function shapeOf(definition: ResourceDefinition, version: string): ResourceShape {
  const kind = { group: definition.group, version, kind: definition.kind };
  const subresources = Object.entries(subresourcesOf(definition, version)).map(([name, subresource]) => subresourceShape(kind, name, subresource));
  return {
    definition,
    version,
    kind,
    verbs: [...(definition.refusesCreate === undefined ? (definition.verbs ?? usualVerbs) : verbsWhileTerminating)].sort(),
    subresources: subresources.sort((left, right) => (left.name < right.name ? -1 : 1)),
  };
}

function subresourceShape(parent: KindName, name: string, subresource: Subresource): SubresourceShape {
  switch (subresource.kind) {
    // Upstream offers only this on a namespace's finalizers.
    case 'update':
      return { name, kind: parent, verbs: name === 'finalize' ? ['update'] : ['get', 'patch', 'update'] };
    case 'scale':
      return { name, kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: ['get', 'patch', 'update'] };
    case 'create':
      return { name, kind: subresource.bodyKind, verbs: ['create'] };
    case 'connect':
      return {
        name,
        kind: { ...parent, kind: connectKind(parent.kind, name) },
        verbs: subresource.verbs.flatMap((method) => verbOfMethod[method] ?? []).sort(),
      };
  }
}

const verbOfMethod: Readonly<Record<string, string>> = { get: 'get', post: 'create', put: 'update', patch: 'patch', delete: 'delete' };

/** Streams are named by their options (`PodExecOptions`); a log answers for its pod. */
function connectKind(parent: string, name: string): string {
  if (name === 'log') return parent;
  const word = name === 'portforward' ? 'PortForward' : name.charAt(0).toUpperCase() + name.slice(1);
  return `${parent}${word}Options`;
}
