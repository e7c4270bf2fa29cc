import type { APIGroupList, APIResource, APIResourceList, APIVersions } from '../../../api/generated/meta-v1.ts';
import { ApiError } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { unexplainedRefusal } from '../../../client/unexplained-refusal.ts';
import { UnreadableAnswer } from '../../../client/unreadable-answer.ts';
import type { Discovery, ServedGroup, ServedResource, ServedSubresource, ServedVersion } from './contract.ts';

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const betaType = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';
const accept = `${aggregatedType},${betaType},application/json`;

/** Asks a server what it serves: one document per root where it has them (1.26 and newer), else every group version by itself. Throws when the server does not answer. */
export async function readDiscovery(client: HttpsClient): Promise<Discovery> {
  const roots = await Promise.all([
    client.json<AggregatedList | APIVersions>({ method: 'GET', path: '/api', accept }).catch(inGeneralWords),
    client.json<AggregatedList | APIGroupList>({ method: 'GET', path: '/apis', accept }).catch(ignoreMissing),
  ]);
  const parts = await readable(roots.filter((root) => root !== undefined).map(async (root) => ('items' in root ? aggregated(root) : legacy(client, root))));
  return { groups: parts.flatMap(({ groups }) => groups), problems: parts.flatMap(({ problems }) => problems) };
}

/** Throws `UnreadableAnswer` where a document is not built as it should be. */
async function readable(parts: readonly Promise<Discovery>[]): Promise<Discovery[]> {
  try {
    return await Promise.all(parts);
  } catch (error) {
    throw error instanceof TypeError
      ? new UnreadableAnswer(`the server does not tell what it serves in a form that is known (${error.message})`, error)
      : error;
  }
}

/** Who is not known is told so in client-go's own words here, whatever the server's are. */
function inGeneralWords(error: unknown): never {
  throw error instanceof ApiError && error.code === 401 ? unexplainedRefusal(401, error.message) : error;
}

/** A server may have one root only. */
function ignoreMissing(error: unknown): undefined {
  if (error instanceof ApiError && (error.code === 404 || error.code === 403)) return undefined;
  throw error;
}

interface AggregatedList {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly { readonly version: string; readonly freshness?: string; readonly resources?: readonly AggregatedResource[] }[];
  }[];
}

interface AggregatedResource {
  readonly resource: string;
  readonly responseKind?: KindName | null;
  readonly scope?: string;
  readonly singularResource?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string; readonly responseKind?: KindName | null; readonly verbs?: readonly string[] }[];
}

interface KindName {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
}

function aggregated({ items }: AggregatedList): Discovery {
  const problems: string[] = [];
  const groups = items.map(({ metadata, versions = [] }): ServedGroup => {
    const name = metadata?.name ?? '';
    return {
      name,
      versions: versions.map(({ version, freshness, resources = [] }): ServedVersion => {
        if (freshness === 'Stale')
          problems.push(`${name === '' ? version : `${name}/${version}`}: stale GroupVersion discovery: ${name === '' ? version : `${name}/${version}`}`);
        const at = { group: name, version };
        return { version, resources: resources.flatMap((resource) => fromAggregated(at, resource)), ...(freshness === 'Stale' ? { isStale: true } : {}) };
      }),
    };
  });
  return { groups, problems };
}

/** A resource without a kind only holds sub-resources of another server. */
function fromAggregated(at: { group: string; version: string }, found: AggregatedResource): ServedResource[] {
  if (!found.responseKind?.kind) return [];
  const { kind } = found.responseKind;
  const { resource, scope, singularResource, verbs = [], shortNames = [], categories = [], subresources = [] } = found;
  const subresourcesOf = subresources.map(
    ({ subresource, responseKind, verbs: subresourceVerbs = [] }): ServedSubresource => ({
      name: subresource,
      group: responseKind?.group ?? at.group,
      version: responseKind?.version || at.version,
      kind: responseKind?.kind ?? '',
      verbs: subresourceVerbs,
    }),
  );
  const singular = singularResource || kind.toLowerCase();
  return [{ ...at, resource, kind, namespaced: scope === 'Namespaced', singular, shortNames, categories, verbs, subresources: subresourcesOf }];
}

async function legacy(client: HttpsClient, root: APIVersions | APIGroupList): Promise<Discovery> {
  const problems: string[] = [];
  const read = async (group: string, version: string): Promise<ServedVersion> => {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    try {
      const { resources } = await client.json<APIResourceList>({ method: 'GET', path });
      return { version, resources: fromLegacy({ group, version }, resources ?? []) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problems.push(`${group === '' ? version : `${group}/${version}`}: ${error.message}`);
      return { version, resources: [] };
    }
  };
  if (!('groups' in root)) return { groups: [{ name: '', versions: await Promise.all((root.versions ?? []).map((version) => read('', version))) }], problems };
  const groups = await Promise.all(
    root.groups.map(async ({ name, versions, preferredVersion }) => {
      const names = versions.map(({ version }) => version);
      const preferred = preferredVersion?.version ?? names[0];
      const ordered = [...names.filter((version) => version === preferred), ...names.filter((version) => version !== preferred)];
      return { name, versions: await Promise.all(ordered.map((version) => read(name, version))) };
    }),
  );
  return { groups, problems };
}

function fromLegacy(at: { group: string; version: string }, resources: readonly APIResource[]): ServedResource[] {
  const subresources = Map.groupBy(
    resources.filter(({ name }) => name.includes('/')),
    ({ name }) => name.slice(0, name.indexOf('/')),
  );
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((found) => ({
      ...at,
      resource: found.name,
      kind: found.kind,
      namespaced: found.namespaced,
      singular: found.singularName || found.kind.toLowerCase(),
      shortNames: found.shortNames ?? [],
      categories: found.categories ?? [],
      verbs: found.verbs ?? [],
      subresources: (subresources.get(found.name) ?? []).map(({ name, group, version, kind, verbs }) => ({
        name: name.slice(name.indexOf('/') + 1),
        group: group ?? at.group,
        version: version || at.version,
        kind,
        verbs: verbs ?? [],
      })),
    }));
}
