import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { queryText, resourcePath } from '../../../client/request-paths.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { withType } from '../last-applied/apply-patch.ts';
import type { ResourceInfo } from '../resources/contract.ts';
import { listPages } from '../resources/object-requests.ts';

/** What happened to an object; `absent`: it was not there when the watch began. */
export type Sighting = { readonly type: 'absent' } | { readonly type: 'present' | 'deleted'; readonly object: UntypedObject };

const pauseMs = 1_000;

/** Nothing came of the waiting in time. */
export class TimedOut extends Error {
  constructor(info: ResourceInfo) {
    super(`timed out waiting for the condition on ${info.resource.resource}/${info.name}`);
    this.name = 'TimedOut';
  }
}

/**
 * Looks at an object, as it is and whenever it changes, until `isEnough` says so; answers what it saw last. What `isEnough` throws ends it, too. Throws `TimedOut` after
 * `timeoutMs`, and the server's refusals. A watch that the server ends is begun anew.
 */
export async function watchOne(
  { client, clock, timeoutMs }: { readonly client: HttpsClient; readonly clock: Clock; readonly timeoutMs: number },
  info: ResourceInfo,
  isEnough: (sighting: Sighting) => boolean,
): Promise<Sighting> {
  if (timeoutMs <= 0) throw new TimedOut(info);
  const end = new AbortController();
  using _timer = clock.after(timeoutMs, () => end.abort());
  // The timer keeps no process alive, but the watch does.
  for (;;) {
    if (end.signal.aborted) throw new TimedOut(info);
    const found = await watchOnce(client, info, isEnough, end.signal);
    if (found) return found;
    if (!end.signal.aborted) await clock.sleep(pauseMs, end.signal).catch(() => undefined);
  }
}

async function watchOnce(
  client: HttpsClient,
  { resource, namespace, name }: ResourceInfo,
  isEnough: (sighting: Sighting) => boolean,
  signal: AbortSignal,
): Promise<Sighting | undefined> {
  const fieldSelector = `metadata.name=${name}`;
  let resourceVersion = '';
  for await (const page of listPages(client, { resource, namespace }, { fieldSelector })) {
    resourceVersion = page.metadata.resourceVersion ?? '';
    const [item] = page.items;
    const sighting: Sighting = item ? { type: 'present', object: withType(item, resource) } : { type: 'absent' };
    if (isEnough(sighting)) return sighting;
  }
  const path = resourcePath(resource, { namespace }) + queryText({ watch: true, fieldSelector, resourceVersion });
  try {
    for await (const { type, object } of client.events<UntypedObject>({ path, signal })) {
      if (type === 'BOOKMARK') continue;
      const sighting: Sighting = { type: type === 'DELETED' ? 'deleted' : 'present', object };
      if (isEnough(sighting)) return sighting;
    }
  } catch (error) {
    // The revision is too old: look anew.
    if (!(error instanceof ApiError) || error.code !== 410) throw error;
  }
  return undefined;
}
