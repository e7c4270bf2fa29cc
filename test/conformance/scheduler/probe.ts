import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../../src/api/generated/core-v1.ts';
import { pods } from '../../../src/api/generated/resource-types.ts';
import { keyOf } from '../../../src/api/object.ts';
import { bestOf, type ScoresOf } from './play.ts';
import type { Stage } from './stage.ts';
import type { Scores } from './trace.ts';

/** What became of a pod that was tried for itself. */
export type ProbeAnswer =
  | { readonly nodes: readonly string[]; readonly scores?: Scores }
  | { readonly refused: string }
  /** The API does not take the pod. */
  | { readonly invalid: true };

/** Makes the pod, waits for its fate and removes it. */
export async function probe({ client, informers }: Stage, pod: Pod, scoresOf: ScoresOf): Promise<ProbeAnswer> {
  const informer = informers.informer(pods);
  const { promise, resolve } = Promise.withResolvers<Pod>();
  const isIt = (other: Pod): boolean => other.metadata.name === pod.metadata.name && other.metadata.namespace === pod.metadata.namespace;
  const look = (other: Pod): void => {
    if (isIt(other) && (other.spec?.nodeName || other.status?.conditions?.some(({ type }) => type === 'PodScheduled'))) resolve(other);
  };
  using _looking = informer.onChange({ added: look, updated: look });
  try {
    await client.create(pods, pod);
  } catch {
    return { invalid: true };
  }
  const decided = await promise;
  // The log of a process may be read a little later than what it did is seen.
  await sleep(15);
  const scores = scoresOf(decided);
  const { nodeName } = decided.spec!;
  const { promise: isGone, resolve: gone } = Promise.withResolvers<void>();
  using _leaving = informer.onChange({ deleted: (other) => void (isIt(other) && gone()) });
  await client.delete(pods, keyOf(pod), { gracePeriodSeconds: 0 });
  await isGone;
  if (!nodeName) return { refused: decided.status!.conditions!.find(({ type }) => type === 'PodScheduled')!.message! };
  const best = bestOf(scores);
  return { nodes: best.length > 0 ? (best.includes(nodeName) ? best : [`${nodeName} of ${best}`]) : [nodeName], ...(scores ? { scores } : {}) };
}
