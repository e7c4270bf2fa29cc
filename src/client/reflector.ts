import { type KubernetesObject, keyOf, keyText } from '../api/object.ts';
import type { ResourceType } from '../api/resource-type.ts';
import { ApiError, isExpired, isForbidden, isNotFound } from '../api/status.ts';
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
  /** A kind that is not served, or may not be read, before it ever was, counts as one without objects. */
  readonly mayBeMissing?: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const pageSize = 500;
const shortWatchMs = 1_000;
const missingKindMs = 1_000;

/**
 * Lists, then watches from the list's revision for ever. A watch that ends is resumed from the last revision seen (events and bookmarks count); a revision that
 * the server no longer remembers (410) leads to a new list. Over a client that prefers it the list is read as the beginning of a watch, until a server refuses
 * that. Failures are retried after 0.8 s doubling to 30 s, with jitter (client-go's reflector); a kind that nobody serves is asked for every second. Resolves when
 * the signal aborts.
 */
export async function reflect<T extends KubernetesObject>(target: ReflectorTarget<T>, options: ReflectorOptions<T>): Promise<void> {
  const { clock, log, signal } = options;
  const backoff = new Backoff({ initialMs: 800, maximumMs: 30_000, forgetAfterMs: 120_000, now: () => clock.now() });
  let revision: string | undefined;
  let startedMs = clock.now();
  let isKnownMissing = false;
  let isMissingSoFar = options.mayBeMissing === true;
  let streams = options.client.streamsLists === true;
  const moveTo = (next: string): void => {
    revision = next;
    isMissingSoFar = false;
  };
  while (!signal.aborted) {
    try {
      if (revision === undefined && !streams) moveTo(await listInto(target, options));
      startedMs = clock.now();
      const seen: number = revision === undefined ? await streamInto(target, options, moveTo) : await watchInto(target, options, revision, moveTo);
      if (seen === 0 && clock.now() - startedMs < shortWatchMs) await pause(backoff.next('watch'), options);
    } catch (error) {
      if (signal.aborted) return;
      if (streams && revision === undefined && isUnwilling(error)) {
        streams = false;
        continue;
      }
      if (mustRelist(error)) revision = undefined;
      if (isExpired(error) && clock.now() - startedMs >= shortWatchMs) continue; // ordinary: the history was trimmed while the connection was down
      const isMissing = isNotFound(error) || (isMissingSoFar && isForbidden(error));
      // Only before anything was seen: a server that does not know its kinds yet must not make everything vanish.
      if (isMissing && isMissingSoFar && !isKnownMissing) await target.replace([]);
      if (isMissing && isKnownMissing) log.debug('still nobody serves it', { resource: options.type.resource, group: options.type.group });
      else if (!isExpired(error)) log.warn('cannot list or watch', { resource: options.type.resource, group: options.type.group, error });
      isKnownMissing = isMissing;
      // A kind that is not defined yet may be at any moment, and its controller should not keep people waiting then.
      if (isMissing) await clock.sleep(missingKindMs, signal).catch(() => undefined);
      else await pause(backoff.next('watch'), options);
    }
  }
}

/** Overload and lost connections leave the revision good; any other refusal casts doubt on it. */
const mustRelist = (error: unknown): boolean => !(error instanceof ApiError && (error.code === 429 || error.code === 503 || error.code === 504));

/** The server does not know lists that are watches, or does not end them: what client-go falls back to a list for. */
const isUnwilling = (error: unknown): boolean =>
  error instanceof EndedEarly || (error instanceof ApiError && error.code >= 400 && error.code < 500 && ![401, 410, 429].includes(error.code));

class EndedEarly extends Error {}

async function pause(delayMs: number, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  await clock.sleep(delayMs * (1 + Math.random()), signal).catch(() => undefined); // only an abort ends a sleep early, and the loop sees it
}

async function listInto<T extends KubernetesObject>(target: ReflectorTarget<T>, options: ReflectorOptions<T>): Promise<string> {
  const { client, type, selection } = options;
  let items: readonly T[];
  let revision: string;
  try {
    [items, revision] = await listInPages(options);
  } catch (error) {
    if (!isExpired(error)) throw error;
    // The history was trimmed between two pages: all at once cannot fall apart.
    const whole = await client.list(type, selection);
    [items, revision] = [whole.items, whole.metadata.resourceVersion ?? ''];
  }
  options.signal.throwIfAborted();
  await target.replace(items);
  return revision;
}

async function listInPages<T extends KubernetesObject>({ client, type, selection, signal }: ReflectorOptions<T>): Promise<[readonly T[], string]> {
  const items: T[] = [];
  for (let token: string | undefined; ; ) {
    const page = await client.list(type, { ...selection, limit: pageSize, ...(token ? { continue: token } : {}) });
    signal.throwIfAborted();
    for (const item of page.items) items.push(item);
    token = page.metadata.continue || undefined;
    if (!token) return [items, page.metadata.resourceVersion ?? ''];
  }
}

/** Reads a list as the initial events of a watch, and goes on with that watch. Answers how many events came. */
async function streamInto<T extends KubernetesObject>(
  target: ReflectorTarget<T>,
  { client, type, selection, signal }: ReflectorOptions<T>,
  moveTo: (revision: string) => void,
): Promise<number> {
  let initial: Map<string, T> | undefined = new Map();
  let seen = 0;
  for await (const event of client.watch(type, { ...selection, sendInitialEvents: true, allowWatchBookmarks: true, signal })) {
    if (signal.aborted) return seen;
    seen++;
    const { metadata } = event.object;
    if (!initial) {
      if (event.type !== 'BOOKMARK') target.apply(event);
    } else if (event.type === 'BOOKMARK') {
      if (metadata.annotations?.['k8s.io/initial-events-end'] !== 'true') continue;
      await target.replace([...initial.values()]);
      initial = undefined;
    } else if (event.type === 'DELETED') initial.delete(keyText(keyOf(event.object)));
    else initial.set(keyText(keyOf(event.object)), event.object);
    if (!initial && metadata.resourceVersion) moveTo(metadata.resourceVersion);
  }
  if (initial && !signal.aborted) throw new EndedEarly('the watch ended before its initial events did');
  return seen;
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
