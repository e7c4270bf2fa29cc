import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods as podsType } from '../../../api/generated/resource-types.ts';
import { ApiError, isForbidden, isNotFound } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { resourcePath } from '../../../client/request-paths.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { durationText } from '../../../extension-points/commands/flags/duration.ts';
import { deleteObject, getObject } from '../../../extension-points/commands/resources/object-requests.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { isLongGone } from './choose-pods.ts';

export interface Removal {
  readonly client: HttpsClient;
  readonly clock: Clock;
  /** Seconds; negative: what each pod says. */
  readonly gracePeriod: number;
  /** Milliseconds for everything; 0: no limit. */
  readonly timeoutMs: number;
  readonly skipAfterSeconds: number;
  /** Delete in spite of disruption budgets. */
  readonly deletes: boolean;
  /** The server only tries. */
  readonly isTried: boolean;
  /** The version of evictions that the server has: `policy/v1`. */
  readonly evictionVersion: string;
  out(line: string): void;
  problem(line: string): void;
  done(pod: Pod, operation: string): void;
}

const pollEveryMs = 1_000;
const retryEveryMs = 5_000;
const endless = '2562047h47m16.854775807s';

const placeOf = ({ metadata }: Pod) => ({ resource: podsType, namespace: metadata.namespace, name: metadata.name! });
const named = ({ metadata }: Pod): string => `pods/${JSON.stringify(metadata.name)} -n ${JSON.stringify(metadata.namespace)}`;

const deleteOptions = ({ gracePeriod, isTried }: Removal) => ({
  ...(gracePeriod >= 0 ? { gracePeriodSeconds: gracePeriod } : {}),
  ...(isTried ? { dryRun: ['All'] } : {}),
});

/** Evicts or deletes pods and waits until they are gone. Throws all that went wrong. */
export async function removePods(pods: readonly Pod[], removal: Removal): Promise<void> {
  if (removal.deletes || removal.evictionVersion === '') return deleteAll(pods, removal);
  const deadline = deadlineOf(removal);
  const outcomes = await Promise.allSettled(pods.map((pod) => evict(pod, removal, deadline)));
  const problems = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (problems.length > 0) throw new ManyErrors(problems);
}

const deadlineOf = ({ timeoutMs, clock }: Removal): number => (timeoutMs > 0 ? clock.now() + timeoutMs : Infinity);

async function deleteAll(pods: readonly Pod[], removal: Removal): Promise<void> {
  for (const pod of pods)
    await deleteObject(removal.client, placeOf(pod), deleteOptions(removal)).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  if (removal.isTried) return;
  const deadline = deadlineOf(removal);
  await Promise.all(pods.map((pod) => waitUntilGone(pod, removal, { deadline, operation: 'deleted' })));
}

async function evict(pod: Pod, removal: Removal, deadline: number): Promise<void> {
  const { client, clock, out, problem, isTried, timeoutMs, evictionVersion } = removal;
  let active = pod;
  for (;;) {
    out(`evicting pod ${active.metadata.namespace}/${active.metadata.name}${isTried ? ' (server dry run)' : ''}`);
    if (clock.now() >= deadline)
      throw new Error(`error when evicting ${named(active)}: global timeout reached: ${timeoutMs > 0 ? durationText(timeoutMs) : endless}`);
    try {
      const { name, namespace } = active.metadata;
      const body = { kind: 'Eviction', apiVersion: evictionVersion, metadata: { name, namespace }, deleteOptions: deleteOptions(removal) };
      await client.json<unknown>({ method: 'POST', path: resourcePath(podsType, { ...placeOf(active), subresource: 'eviction' }), body });
      break;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!(error instanceof ApiError)) throw error;
      const isEnding = isForbidden(error) && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating');
      if (isEnding && active.metadata.deletionTimestamp !== undefined) break;
      if (error.reason === 'TooManyRequests') problem(`error when evicting ${named(active)} (will retry after 5s): ${error.message}`);
      else if (isEnding)
        problem(
          `error when evicting pod ${JSON.stringify(active.metadata.name)} from terminating namespace ${JSON.stringify(active.metadata.namespace)} (will retry after 5s): ${error.message}`,
        );
      else throw new Error(`error when evicting ${named(active)}: ${error.message}`, { cause: error });
      await clock.sleep(retryEveryMs);
    }
    active = await getObject(client, placeOf(active)).then(
      (fresh) => fresh as unknown as Pod,
      () => active, // the next eviction will tell
    );
  }
  if (isTried) return;
  try {
    await waitUntilGone(active, removal, { deadline, operation: 'evicted' });
  } catch (error) {
    const { name, namespace } = pod.metadata;
    throw new Error(`error when waiting for pod ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)} to terminate: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function waitUntilGone(pod: Pod, removal: Removal, { deadline, operation }: { readonly deadline: number; readonly operation: string }): Promise<void> {
  const { client, clock, out, done, skipAfterSeconds } = removal;
  for (;;) {
    let now: Pod;
    try {
      now = (await getObject(client, placeOf(pod))) as unknown as Pod;
    } catch (error) {
      if (isNotFound(error)) return done(pod, operation);
      done(pod, operation === 'evicted' ? 'eviction failed' : 'deletion failed');
      throw error;
    }
    if (now.metadata.uid !== pod.metadata.uid) return done(pod, operation);
    if (isLongGone(now, { skipAfterSeconds, nowMs: clock.now() }))
      return out(`pod ${JSON.stringify(pod.metadata.name)} has DeletionTimestamp older than ${skipAfterSeconds} seconds, skipping`);
    if (clock.now() + pollEveryMs > deadline) {
      await clock.sleep(Math.max(0, deadline - clock.now()));
      throw new Error('context deadline exceeded');
    }
    await clock.sleep(pollEveryMs);
  }
}
