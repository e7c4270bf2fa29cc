import type { UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import { ApiError, notFound } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { withType } from '../../../extension-points/commands/last-applied/apply-patch.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { getObject, listPages } from '../../../extension-points/commands/resources/object-requests.ts';

/** From so many objects of one type and namespace on, one list is asked for instead of each object. */
const listedFrom = 16;
const smallestPage = 500;

/** The objects that are to be applied, as they are on the server. */
export interface CurrentObjects {
  /** Throws `NotFound`. */
  get(info: ResourceInfo): Promise<UntypedObject>;
}

interface Listed {
  readonly objects: Map<string, UntypedObject>;
  /** Whether nothing but these is there. */
  readonly isComplete: boolean;
}

/**
 * Reads objects one by one, or, where many of one type in one namespace are wanted, all of those with one request: a page that is not much longer than what is wanted.
 * What is not in the page, may not be listed, or was given out before, is read by itself.
 */
export function createCurrentObjects(client: () => HttpsClient, wanted: readonly ResourceInfo[]): CurrentObjects {
  const counts = new Map<string, number>();
  for (const info of wanted) counts.set(placeOf(info), (counts.get(placeOf(info)) ?? 0) + 1);
  const lists = new Map<string, Promise<Listed | undefined>>();
  const given = new Set<string>();
  return {
    async get(info) {
      const place = placeOf(info);
      const key = `${place}/${info.name}`;
      const isFirst = !given.has(key);
      given.add(key);
      const count = counts.get(place) ?? 0;
      if (!isFirst || count < listedFrom) return getObject(client(), info);
      let list = lists.get(place);
      if (!list) lists.set(place, (list = readList(client(), info, count)));
      const listed = await list;
      const object = listed?.objects.get(info.name);
      if (object) {
        listed!.objects.delete(info.name);
        return object;
      }
      if (listed?.isComplete) throw notFound(info.resource, info.name);
      return getObject(client(), info);
    },
  };
}

const placeOf = ({ resource, namespace = '' }: ResourceInfo): string => `${groupVersion(resource)}/${resource.resource}/${namespace}`;

async function readList(client: HttpsClient, { resource, namespace }: ResourceInfo, count: number): Promise<Listed | undefined> {
  try {
    for await (const page of listPages(client, { resource, namespace }, { chunkSize: Math.max(smallestPage, 2 * count) })) {
      const objects = page.items.map((item) => [item.metadata.name ?? '', withType(item, resource)] as const);
      return { objects: new Map(objects), isComplete: !page.metadata?.continue };
    }
    return undefined;
  } catch (error) {
    // Whoever may read an object need not be allowed to list: each is asked for then, and tells what is wrong.
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
