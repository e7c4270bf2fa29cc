import type { Pod } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { CommandContext, Completion } from '../contract.ts';
import { durationText } from '../flags/duration.ts';
import { completeResources } from '../resources/complete-resources.ts';
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

/** Completes a pod's name, or `TYPE/NAME`. */
export const completePods = (context: Pick<CommandContext, 'args' | 'cluster'>, toComplete: string): Promise<Completion> =>
  toComplete.includes('/')
    ? completeResources({ args: [], cluster: context.cluster }, toComplete)
    : completeResources({ args: ['pods', ...context.args], cluster: context.cluster }, toComplete);

/** Completes the name of a container of the pod that stands in front. */
export async function completeContainers({ args, cluster }: Pick<CommandContext, 'args' | 'cluster'>, toComplete: string): Promise<Completion> {
  const [name] = args;
  if (name === undefined || name.includes('/')) return { choices: [], also: 'nothing' };
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(cluster.namespace().name)}/pods/${encodeURIComponent(name)}`;
    const { spec } = await cluster.client().json<Pod>({ method: 'GET', path });
    const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
    return { choices: all.map((container) => container.name).filter((choice) => choice.startsWith(toComplete)), also: 'nothing' };
  } catch {
    return { choices: [], also: 'nothing' }; // a message would stand in the middle of the line
  }
}
