import type { ObjectKey, UntypedObject } from '../../api/object.ts';
import { groupResource } from '../../api/resource-type.ts';
import { internalError, notFound } from '../../api/status.ts';
import type { ResourceServices, WriteContext } from '../../extension-points/resources/contract.ts';
import { commitObject } from './operations/commit.ts';
import type { Machinery, RequestContext, Target } from './operations/context.ts';
import { remove } from './operations/delete.ts';
import { draftOfStored } from './operations/mutable-copy.ts';
import { trackOwnStatus } from './operations/track-own-status.ts';
import { inTurn } from './operations/write-turns.ts';
import type { ResourceIndex, ServedResource } from './resource-index.ts';

type TypeName = { group: string; resource: string };

/** What definitions may do beyond their own object. Reads answer stored objects (frozen, in their storage version). */
export function createResourceServices(machinery: () => Machinery, services: ReadonlyMap<string, unknown>): ResourceServices {
  const prefixOf = (type: TypeName): string => machinery().resources.storageOf(type)?.prefix ?? groupResource(type);
  return {
    get: (type, key) => machinery().store.collection(prefixOf(type)).get(key)?.object,
    list: (type, namespace) =>
      machinery()
        .store.collection(prefixOf(type))
        .list(namespace === undefined ? {} : { namespace })
        .items.map((stored) => stored.object),
    update: (type, key, change, context) => changeStored(machinery(), requireResource(machinery().resources, type), { key, change, context }),
    delete: (type, key, options, context) => removeObject(machinery(), requireResource(machinery().resources, type), { key, options, context }),
    service<T>(name: string): T {
      if (!services.has(name)) throw internalError(`the service ${JSON.stringify(name)} is not available in this server`);
      return services.get(name) as T;
    },
  };
}

function requireResource(resources: ResourceIndex, type: TypeName): ServedResource {
  const served = resources.storageOf(type);
  if (!served) throw internalError(`the resource ${groupResource(type)} is not served`);
  return served;
}

interface Change {
  readonly key: ObjectKey;
  readonly change: (draft: UntypedObject) => void;
  readonly context: WriteContext;
}

function changeStored(machinery: Machinery, served: ServedResource, { key, change, context }: Change): Promise<UntypedObject> {
  const target: Target = { served, namespace: key.namespace ?? '', name: key.name, subresource: '' };
  return inTurn(machinery, internalRequest(context), target, async () => {
    const stored = machinery.store.collection(served.prefix).get(key);
    if (!stored) throw notFound(served, key.name);
    const draft = draftOfStored(served, stored.object);
    change(draft);
    if (served.definition.ownsStatus) await trackOwnStatus(machinery, served, draft, stored.object);
    if (context.dryRun) return draft;
    const outcome = await commitObject(machinery, served, { key, expectedRevision: stored.revision, draft });
    return outcome.kind === 'committed' ? outcome.rendering.object : undefined;
  });
}

async function removeObject(
  machinery: Machinery,
  served: ServedResource,
  { key, options, context }: { key: ObjectKey; options: { readonly gracePeriodSeconds?: number; readonly uid?: string }; context: WriteContext },
): Promise<UntypedObject> {
  const target: Target = { served, namespace: key.namespace ?? '', name: key.name, subresource: '' };
  const last = machinery.store.collection(served.prefix).get(key)?.object;
  if (!last) throw notFound(served, key.name);
  const outcome = await remove(machinery, internalRequest(context), target, { dryRun: context.dryRun, ...options });
  return outcome.kind === 'object' ? outcome.rendering.object : last;
}

/** A write that a definition makes on behalf of the request it is serving. */
const internalRequest = ({ user }: WriteContext): RequestContext => ({ user, requestId: '', signal: new AbortController().signal, warn: () => {} });
