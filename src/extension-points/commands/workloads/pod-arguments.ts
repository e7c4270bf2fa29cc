import type { Pod } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { CommandContext } from '../contract.ts';
import { durationText } from '../flags/duration.ts';
import { byActivity } from './pod-order.ts';
import { goTypeName, podsOfSelector, selectorOfWorkload } from './pods-of-workload.ts';

/** `NAME` of a pod, or `TYPE/NAME` of something else, as arguments of a query. */
export const podArguments = (word: string): readonly string[] => (word.includes('/') ? [word] : ['pods', word]);

/** `--pod-running-timeout` */
export const podRunningTimeoutFlag = (defaultMs: number) =>
  ({
    type: 'duration',
    default: defaultMs,
    defaultText: durationText(defaultMs),
    description: 'How long to wait until a pod runs, with a unit (5s, 2m, 3h); more than nothing.',
  }) as const;

export function checkPodRunningTimeout(milliseconds: number): number {
  if (milliseconds <= 0) throw new Error('--pod-running-timeout must be higher than zero');
  return milliseconds;
}

/** The pod that an object is, or the best one of a workload's. `purpose` words the refusal: `cannot attach to *v1.ConfigMap: …`. */
export async function podOf(
  { cluster }: Pick<CommandContext, 'cluster'>,
  object: UntypedObject,
  { timeoutMs, purpose = 'attach to' }: { readonly timeoutMs: number; readonly purpose?: string },
): Promise<Pod> {
  if (object.kind === 'Pod' && object.apiVersion === 'v1') return object as unknown as Pod;
  let selector: ReturnType<typeof selectorOfWorkload>;
  try {
    selector = selectorOfWorkload(object);
  } catch (error) {
    throw new Error(`cannot ${purpose} ${goTypeName(object)}: ${(error as Error).message}`, { cause: error });
  }
  const [pod] = await podsOfSelector(cluster.client(), selector, { order: byActivity, timeoutMs });
  return pod!;
}
