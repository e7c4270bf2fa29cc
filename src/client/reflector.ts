import type { KubernetesObject } from '../api/object.ts';
import type { ResourceType } from '../api/resource-type.ts';
import { ApiError, isExpired } from '../api/status.ts';
import { Backoff } from '../kernel/backoff.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Client, WatchEvent } from './client.ts';

/** What a reflector keeps current. Told in the order of the server's history. */
export interface ReflectorTarget<T extends KubernetesObject> {
  /** These objects, and no others, exist now. */
  replace(objects: readonly T[]): Promise<void>;
  apply(event: Exclude<WatchEvent<T>, { type: 'BOOKMARK' }>): void;
}

export interface ReflectorOptions<T extends KubernetesObject> {
  readonly client: Client;
  readonly type: ResourceType<T>;
  readonly selection: { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string };
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const pageSize = 500;
const shortWatchMs = 1_000;

/**
 * Lists, then watches from the list's revision for ever. A watch that ends is resumed from the last revision seen (events and bookmarks count); a revision that
 * the server no longer remembers (410) leads to a new list. Failures are retried after 0.8 s doubling to 30 s, with jitter (client-go's reflector). Resolves when the signal aborts.
 */
export async function reflect<T extends KubernetesObject>(target: ReflectorTarget<T>, options: ReflectorOptions<T>): Promise<void> {
  const { clock, log, signal } = options;
  const backoff = new Backoff({ initialMs: 800, maximumMs: 30_000, forgetAfterMs: 120_000, now: () => clock.now() });
  let revision: string | undefined;
  let startedMs = clock.now();
  while (!signal.aborted) {
    try {
      revision ??= await listInto(target, options);
      startedMs = clock.now();
      const seen = await watchInto(target, options, revision, (next) => (revision = next));
      if (seen === 0 && clock.now() - startedMs < shortWatchMs) await pause(backoff.next('watch'), options);
    } catch (error) {
      if (signal.aborted) return;
      if (mustRelist(error)) revision = undefined;
      if (isExpired(error) && clock.now() - startedMs >= shortWatchMs) continue; // ordinary: the history was trimmed while the connection was down
      if (!isExpired(error)) log.warn('cannot list or watch', { resource: options.type.resource, group: options.type.group, error });
      await pause(backoff.next('watch'), options);
    }
  }
}

/** Overload and lost connections leave the revision good; any other refusal casts doubt on it. */
const mustRelist = (error: unknown): boolean => !(error instanceof ApiError && (error.code === 429 || error.code === 503 || error.code === 504));

async function pause(delayMs: number, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  await clock.sleep(delayMs * (1 + Math.random()), signal).catch(() => undefined); // only an abort ends a sleep early, and the loop sees it
}

async function listInto<T extends KubernetesObject>(target: ReflectorTarget<T>, { client, type, selection, signal }: ReflectorOptions<T>): Promise<string> {
  const items: T[] = [];
  let revision = '';
  let token: string | undefined;
  do {
    const page = await client.list(type, { ...selection, limit: pageSize, ...(token ? { continue: token } : {}) });
    signal.throwIfAborted();
    for (const item of page.items) items.push(item);
    revision = page.metadata.resourceVersion ?? '';
    token = page.metadata.continue || undefined;
  } while (token);
  await target.replace(items);
  return revision;
}

/** Answers how many events came before the server ended the watch. */
async function watchInto<T extends KubernetesObject>(
  target: ReflectorTarget<T>,
  options: ReflectorOptions<T>,
  from: string,
  moveTo: (revision: string) => void,
): Promise<number> {
  const { client, type, selection, signal } = options;
  let seen = 0;
  for await (const event of client.watch(type, { ...selection, resourceVersion: from, allowWatchBookmarks: true, signal })) {
    if (signal.aborted) break;
    seen++;
    if (event.type !== 'BOOKMARK') target.apply(event);
    const revision = event.object.metadata.resourceVersion;
    if (revision) moveTo(revision);
  }
  return seen;
}
