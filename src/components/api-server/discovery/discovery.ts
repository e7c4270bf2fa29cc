/** The documents by which clients learn what a server offers: `/api`, `/apis`, their groups and versions, and all of it in one aggregated document. */
import { createHash } from 'node:crypto';
import type { APIGroupDiscovery, APIGroupDiscoveryList, APIResourceDiscovery } from '../../../api/generated/apidiscovery-v2.ts';
import type { APIGroup, APIGroupList, APIResource, APIResourceList, APIVersions } from '../../../api/generated/meta-v1.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import type { GroupShape, ResourceShape } from './resource-shapes.ts';
import { groupPriority, groupShapes } from './resource-shapes.ts';

/** A group that another server answers for (API aggregation). */
export interface RemoteGroup {
  readonly discovery: APIGroupDiscovery;
  /** Upstream's `groupPriorityMinimum`. */
  readonly priority: number;
}

/** A document as bytes, with what HTTP caching needs. */
export interface DiscoveryDocument {
  readonly body: Buffer;
  readonly contentType: string;
  /** Quoted, for `ETag` and `If-None-Match`. */
  readonly etag: string;
}

/** All discovery documents of one set of definitions. Each is made when first asked. */
export interface Discovery {
  /** `/api`. `serverAddress` is host and port as clients reach them. */
  legacyVersions(serverAddress: string): APIVersions;
  /** `/apis`. */
  groups(): APIGroupList;
  /** `/apis/<group>`; undefined for a group that is not served. */
  group(name: string): APIGroup | undefined;
  /** `/api/v1`, `/apis/<group>/<version>`; undefined for a version that is not served. */
  resources(group: string, version: string): APIResourceList | undefined;
  /** `/api` (`core`) or `/apis` in the aggregated form. */
  aggregated(part: 'core' | 'groups', version: 'v2' | 'v2beta1'): DiscoveryDocument;
}

/** Reads definitions once; make a new one when they change. `remote` groups appear in `/apis` and in the aggregated document. */
export function createDiscovery(definitions: Iterable<ResourceDefinition>, remote: readonly RemoteGroup[] = []): Discovery {
  const listed = [...definitions];
  let grouped: readonly GroupShape[] | undefined;
  const shapes = (): readonly GroupShape[] => (grouped ??= groupShapes(listed));
  const named = (): readonly GroupShape[] => shapes().filter(({ name }) => name !== '');
  const documents = new Map<string, DiscoveryDocument>();
  return {
    legacyVersions: (serverAddress) => ({
      kind: 'APIVersions',
      versions: shapes()
        .find(({ name }) => name === '')
        ?.versions.map(({ name }) => name) ?? ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
    }),
    groups: () => ({ kind: 'APIGroupList', apiVersion: 'v1', groups: allGroups(named(), remote).map(({ summary }) => summary) }),
    group: (name) => {
      const found = name === '' ? undefined : allGroups(named(), remote).find(({ summary }) => summary.name === name);
      return found && { kind: 'APIGroup', apiVersion: 'v1', ...found.summary };
    },
    resources: (group, version) => {
      const shape = shapes()
        .find(({ name }) => name === group)
        ?.versions.find(({ name }) => name === version);
      return shape && resourceList(group, version, shape.resources);
    },
    aggregated: (part, version) => {
      const key = `${part} ${version}`;
      const known = documents.get(key);
      if (known) return known;
      const items =
        part === 'core'
          ? shapes()
              .filter(({ name }) => name === '')
              .map(aggregatedGroup)
          : allGroups(named(), remote).map(({ discovery }) => discovery());
      const document = aggregatedDocument(items, version);
      documents.set(key, document);
      return document;
    },
  };
}

/** The form of discovery that an `Accept` header asks for: an aggregated one, or the documents per version. */
export function discoveryForm(accept: string | undefined): 'v2' | 'v2beta1' | 'unaggregated' {
  for (const range of (accept ?? '').split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    const asked = new Map(parameters.map((parameter) => parameter.split('=') as [string, string]));
    if (asked.get('as') === 'APIGroupDiscoveryList' && asked.get('g') === 'apidiscovery.k8s.io' && isJson(type)) {
      const version = asked.get('v');
      if (version === 'v2' || version === 'v2beta1') return version;
    } else if (isJson(type) && !asked.has('as')) return 'unaggregated';
  }
  return 'unaggregated';
}

const isJson = (type: string | undefined): boolean => type === 'application/json' || type === '*/*' || type === 'application/*';

/** Upstream's fingerprint of the version that objects are stored in. */
export const storageVersionHash = (group: string, version: string, kind: string): string =>
  createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');

interface ListedGroup {
  readonly summary: APIGroup;
  readonly priority: number;
  readonly discovery: () => APIGroupDiscovery;
}

/** Local and remote groups in one order; a remote group of a local name adds its versions nowhere, as local versions win. */
function allGroups(named: readonly GroupShape[], remote: readonly RemoteGroup[]): ListedGroup[] {
  const local = named.map((shape) => ({
    summary: summaryOf(
      shape.name,
      shape.versions.map(({ name }) => name),
    ),
    priority: groupPriority(shape.name),
    discovery: () => aggregatedGroup(shape),
  }));
  const others = remote
    .filter(({ discovery }) => !named.some(({ name }) => name === discovery.metadata.name))
    .map(({ discovery, priority }) => ({
      summary: summaryOf(
        discovery.metadata.name ?? '',
        (discovery.versions ?? []).map(({ version }) => version),
      ),
      priority,
      discovery: () => discovery,
    }));
  return [...local, ...others].sort((left, right) => right.priority - left.priority || (left.summary.name < right.summary.name ? -1 : 1));
}

function summaryOf(name: string, versions: readonly string[]): APIGroup {
  const listed = versions.map((version) => ({ groupVersion: groupVersion({ group: name, version }), version }));
  return { name, versions: listed, ...(listed[0] ? { preferredVersion: listed[0] } : {}) };
}

function resourceList(group: string, version: string, shapes: readonly ResourceShape[]): APIResourceList {
  const resources = shapes.flatMap(apiResources).sort((left, right) => (left.name < right.name ? -1 : 1));
  // The core group's list has no apiVersion upstream.
  return { kind: 'APIResourceList', ...(group === '' ? {} : { apiVersion: 'v1' }), groupVersion: groupVersion({ group, version }), resources };
}

function apiResources(shape: ResourceShape): APIResource[] {
  const { definition, kind } = shape;
  const isStored = shape.verbs.includes('list') && shape.verbs.includes('create');
  const main: APIResource = {
    name: definition.resource,
    singularName: definition.singular,
    namespaced: definition.namespaced,
    kind: kind.kind,
    verbs: [...shape.verbs],
    ...(definition.shortNames?.length ? { shortNames: [...definition.shortNames] } : {}),
    ...(definition.categories?.length ? { categories: [...definition.categories] } : {}),
    ...(isStored ? { storageVersionHash: storageVersionHash(definition.group, definition.storageVersion, definition.kind) } : {}),
  };
  return [
    main,
    ...shape.subresources.map(
      ({ name, kind: answered, verbs }): APIResource => ({
        name: `${definition.resource}/${name}`,
        singularName: '',
        namespaced: definition.namespaced,
        ...(answered.group !== kind.group || answered.version !== kind.version ? { group: answered.group, version: answered.version } : {}),
        kind: answered.kind,
        verbs: [...verbs],
      }),
    ),
  ];
}

function aggregatedGroup({ name, versions }: GroupShape): APIGroupDiscovery {
  return {
    metadata: name === '' ? {} : { name },
    versions: versions.map((version) => ({ version: version.name, resources: version.resources.map(aggregatedResource), freshness: 'Current' })),
  };
}

function aggregatedResource({ definition, kind, verbs, subresources }: ResourceShape): APIResourceDiscovery {
  return {
    resource: definition.resource,
    responseKind: { ...kind },
    scope: definition.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs: [...verbs],
    ...(definition.shortNames?.length ? { shortNames: [...definition.shortNames] } : {}),
    ...(definition.categories?.length ? { categories: [...definition.categories] } : {}),
    ...(subresources.length
      ? { subresources: subresources.map((sub) => ({ subresource: sub.name, responseKind: { ...sub.kind }, verbs: [...sub.verbs] })) }
      : {}),
  };
}

function aggregatedDocument(items: APIGroupDiscovery[], version: 'v2' | 'v2beta1'): DiscoveryDocument {
  const list: APIGroupDiscoveryList = { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
  const body = Buffer.from(JSON.stringify(list));
  const etag = `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`;
  return { body, etag, contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList` };
}
