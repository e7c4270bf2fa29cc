import { groupResource, groupVersion, parseGroupVersion } from '../../../api/resource-type.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import type { Discovery, ResourceMapper, ServedResource } from './contract.ts';
import type { DiscoveryCache } from './discovery-cache.ts';
import { allResources, findResource, type ResourceWord, wordReadings } from './find-resource.ts';
import { NoResourceType } from './no-resource-type.ts';
import { readDiscovery } from './read-discovery.ts';

/** No resource serves a kind. */
export class NoKindMatch extends Error {
  constructor(apiVersion: string, kind: string) {
    super(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
    this.name = 'NoKindMatch';
  }
}

/** A mapper over what a server tells, remembered in memory and in a cache. A word that is not known makes it ask once more. */
export function createResourceMapper(options: {
  readonly client: () => HttpsClient;
  readonly cache: DiscoveryCache;
  /** Told when a short name means more than one resource. */
  readonly onWarning: (text: string) => void;
}): ResourceMapper {
  let known: Promise<Discovery> | undefined;
  let isFresh = false;
  const ask = (): Promise<Discovery> => {
    isFresh = true;
    known = readDiscovery(options.client()).then((discovery) => {
      options.cache.write(discovery);
      return discovery;
    });
    known.catch(() => {
      known = undefined;
      isFresh = false;
    });
    return known;
  };
  const remembered = (): Promise<Discovery> => {
    if (known) return known;
    const cached = options.cache.read();
    return cached ? (known = Promise.resolve(cached)) : ask();
  };
  /** Looks in what is remembered, then in what the server says now. */
  const find = async <Found>(look: (discovery: Discovery) => Found | undefined): Promise<Found | undefined> => {
    const found = look(await remembered());
    return found === undefined && !isFresh ? look(await ask()) : found;
  };
  return {
    async resourceFor(word) {
      const readings = wordReadings(word);
      const found = await find((discovery) => findResource(discovery, readings, options.onWarning));
      if (!found) throw new NoResourceType(shownWord(readings), await remembered());
      return found;
    },
    async resourceForKind(apiVersion, kind) {
      const { group, version } = parseGroupVersion(apiVersion);
      const found = await find((discovery) =>
        allResources(discovery).find((resource) => resource.kind === kind && resource.group === group && resource.version === version),
      );
      if (!found) throw new NoKindMatch(apiVersion, kind);
      return found;
    },
    async category(name) {
      const members = preferred(allResources(await remembered()).filter(({ categories }) => categories.includes(name)));
      return members.length > 0 ? members : undefined;
    },
    discovery: ({ fresh = false } = {}) => (fresh && !isFresh ? ask() : remembered()),
    invalidate() {
      known = undefined;
      isFresh = false;
      options.cache.remove();
    },
  };
}

/** Error messages name the word up to its first dot. */
const shownWord = (readings: readonly ResourceWord[]): string => readings.at(-1)!.resource;

/** Of several versions of one resource the first. */
function preferred(resources: readonly ServedResource[]): ServedResource[] {
  const first = new Map<string, ServedResource>();
  for (const resource of resources) if (!first.has(groupResource(resource))) first.set(groupResource(resource), resource);
  return [...first.values()];
}

/** `deployments.v1.apps`: a resource with all that tells it from others. */
export const fullName = (resource: ServedResource): string => `${resource.resource}.${groupVersion(resource)}`;
